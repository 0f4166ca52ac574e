-- One column a question cannot be written down beforehand. The view is generated from the catalogue in force by
-- this function: at the end of this file, so at every migration, and by each load of a catalogue, in its own
-- transaction. The writer who loads has no right to make a view: the function runs as the owner, takes no
-- argument, and puts nothing into SQL but ids and keys of the catalogue, each through %I or %L. Where no column
-- changes it does nothing, so a night with an unchanged catalogue takes no lock that a reader could hold up.
CREATE OR REPLACE FUNCTION ops.rebuild_answers_wide() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Better to refuse a load than to let every reader queue behind it.
SET lock_timeout = '15s' AS $$
DECLARE
    fixed CONSTANT text[] := ARRAY['work_id', 'paper', 'title', 'doi', 'year', 'venue'];
    used text[] := fixed;
    question record;
    column_name text;
    state_name text;
    pivots text := '';
    targets text := '';
    comments text := '';
    definition text;
    fingerprint text;
BEGIN
    FOR question IN
        SELECT q.question_id, qv.key, qv.text FROM core.question q
        JOIN core.question_version qv ON qv.question_version_id = q.current_version_id
        WHERE q.retired_at IS NULL ORDER BY q.question_id
    LOOP
        -- Postgres cuts a name at 63 bytes; a key has at most 60.
        column_name := question.key;
        state_name := left(question.key, 57) || '_state';
        IF column_name = ANY (used) OR state_name = ANY (used) THEN
            column_name := left(question.key, 40) || '_' || lower(left(question.question_id, 16));
            state_name := column_name || '_state';
        END IF;
        used := used || column_name || state_name;
        pivots := pivots || format(
            ', max(d.value_text) FILTER (WHERE d.question_id = %1$L) AS %2$I'
            ', max(d.state) FILTER (WHERE d.question_id = %1$L) AS %3$I',
            question.question_id, column_name, state_name);
        targets := targets || format(', p.%I, p.%I', column_name, state_name);
        comments := comments || format(
            'COMMENT ON COLUMN out.answers_wide.%I IS %L; COMMENT ON COLUMN out.answers_wide.%I IS %L;',
            column_name, 'Catalogue ' || question.question_id || ': ' || question.text,
            state_name, 'Catalogue ' || question.question_id
                || ': state of the answer; NULL where no release has decided it.');
    END LOOP;
    definition := format(
        'SELECT p.work_id, w.name AS paper, doc.title, doc.doi, doc.year, doc.venue%s FROM ('
        -- The newest decision''s reading stands for the work.
        'SELECT d.work_id, (max(ARRAY[d.from_release, d.document_id]) FILTER (WHERE d.document_id IS NOT NULL))[2]'
        ' AS document_id%s FROM core.decision d'
        ' WHERE d.from_release <= (SELECT max(release_id) FROM core.release)'
        ' AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release))'
        ' GROUP BY d.work_id) p JOIN core.work w USING (work_id)'
        ' LEFT JOIN core.document doc ON doc.document_id = p.document_id', targets, pivots);
    comments := comments
        || 'COMMENT ON VIEW out.answers_wide IS ''The current release, one row a work: for each question in force a column '
        || 'named by its key with the value in one line, and key_state with its state. Generated from the catalogue: '
        || 'columns come and go with its questions. Grain: one work.'';'
        || 'COMMENT ON COLUMN out.answers_wide.work_id IS ''Key of the work.'';'
        || 'COMMENT ON COLUMN out.answers_wide.paper IS ''Where the work was first seen. Untrusted text.'';'
        || 'COMMENT ON COLUMN out.answers_wide.title IS ''Title as read; empty or NULL where none could be read.'';'
        || 'COMMENT ON COLUMN out.answers_wide.doi IS ''DOI the paper states of itself.'';'
        || 'COMMENT ON COLUMN out.answers_wide.year IS ''Year of publication the paper states.'';'
        || 'COMMENT ON COLUMN out.answers_wide.venue IS ''Journal or conference the paper states.'';';
    fingerprint := 'Definition ' || md5(definition || comments);
    IF to_regclass('out.answers_wide') IS NOT NULL
       AND strpos(obj_description('ops.rebuild_answers_wide()'::regprocedure, 'pg_proc'), fingerprint) > 0 THEN
        RETURN false;
    END IF;
    DROP VIEW IF EXISTS out.answers_wide;
    EXECUTE 'CREATE VIEW out.answers_wide AS ' || definition;
    EXECUTE comments;
    EXECUTE format('COMMENT ON FUNCTION ops.rebuild_answers_wide() IS %L',
                   'Makes out.answers_wide fit the catalogue in force; true where it had to. ' || fingerprint || '.');
    RETURN true;
END $$;
COMMENT ON FUNCTION ops.rebuild_answers_wide() IS 'Makes out.answers_wide fit the catalogue in force; true where it had to.';
REVOKE ALL ON FUNCTION ops.rebuild_answers_wide() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.rebuild_answers_wide() TO florilegium_writer;
SELECT ops.rebuild_answers_wide();
