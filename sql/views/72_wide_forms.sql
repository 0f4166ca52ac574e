-- One column a question cannot be written down beforehand. The wide forms are generated from the catalogue in force by
-- this function: at the end of this file, so at every migration, and by each load of a catalogue, in its own
-- transaction. The writer who loads has no right to make a view: the function runs as the owner, takes no
-- argument, and puts nothing into SQL but ids and keys of the catalogue, each through %I or %L. Where no column
-- changes it does nothing, so a night with an unchanged catalogue takes no lock that a reader could hold up.
DROP FUNCTION IF EXISTS ops.rebuild_answers_wide();
CREATE OR REPLACE FUNCTION ops.rebuild_wide_forms() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Better to refuse a load than to let every reader queue behind it.
SET lock_timeout = '15s' AS $$
DECLARE
    fixed CONSTANT text[] := ARRAY['work_id', 'paper', 'title', 'doi', 'year', 'venue'];
    -- A text is the paper's own words and is cut like a quote.
    words CONSTANT text := 'left(d.value_text, (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = d.document_id))';
    form record;
    question record;
    used text[];
    column_name text;
    pivots text;
    targets text;
    script text := '';
    fingerprint text;
BEGIN
    FOR form IN
        -- For each form: the types it takes, a question's column under the grouping by work (%1$L its id, %2$I its
        -- name), the column that is shown of it, and what the column holds.
        SELECT * FROM (VALUES
            ('answers_wide', ARRAY['entity_list', 'enum_list', 'key_value_list', 'url_list', 'yes_no', 'short_text'],
             'max(d.value_text) FILTER (WHERE d.question_id = %1$L) AS %2$I, max(d.state) FILTER (WHERE d.question_id = %1$L) AS %3$I',
             'p.%2$I, p.%3$I', '',
             'for each question in force a column named by its key with the value in one line, and key_state with its state'),
            ('entities_wide', ARRAY['entity_list', 'enum_list'],
             '(array_agg(d.value) FILTER (WHERE d.question_id = %1$L AND d.state = ''answered'' AND jsonb_typeof(d.value) = ''array''))[1] AS %2$I',
             '(SELECT array_agg(n.name ORDER BY n.place) FROM (SELECT i.item ->> ''name'' AS name, min(i.place) AS place'
             ' FROM jsonb_array_elements(p.%2$I) WITH ORDINALITY AS i (item, place) GROUP BY 1) n) AS %2$I',
             ' (names, the one with the strongest evidence first; NULL unless answered)',
             'for each entity_list and enum_list question an array of names'),
            ('measurements_wide', ARRAY['key_value_list'],
             '(array_agg(d.value) FILTER (WHERE d.question_id = %1$L AND d.state = ''answered'' AND jsonb_typeof(d.value) = ''array''))[1] AS %2$I',
             -- The last of equal names stays, so the strongest comes last.
             '(SELECT jsonb_object_agg(i.item ->> ''name'', jsonb_build_object(''value'', i.item -> ''value'', ''number'', i.item -> ''number'','
             ' ''unit'', i.item -> ''unit'') ORDER BY i.place DESC)'
             ' FROM jsonb_array_elements(p.%2$I) WITH ORDINALITY AS i (item, place) WHERE i.item ->> ''name'' IS NOT NULL) AS %2$I',
             ' (name to value, number and unit, by the strongest evidence; NULL unless answered)',
             'for each key_value_list question an object: name to value, number and unit'),
            ('urls_wide', ARRAY['url_list'],
             '(array_agg(d.value) FILTER (WHERE d.question_id = %1$L AND d.state = ''answered'' AND jsonb_typeof(d.value) = ''array''))[1] AS %2$I',
             '(SELECT array_agg(i.item ->> ''url'' ORDER BY i.place) FROM jsonb_array_elements(p.%2$I) WITH ORDINALITY AS i (item, place)) AS %2$I',
             ' (addresses, the one with the strongest evidence first; NULL unless answered)',
             'for each url_list question an array of addresses'),
            ('verdicts_wide', ARRAY['yes_no'],
             'bool_or(d.value ->> ''verdict'' = ''yes'') FILTER (WHERE d.question_id = %1$L AND d.state = ''answered'' AND d.value ->> ''verdict'' IN (''yes'', ''no'')) AS %2$I',
             'p.%2$I', ' (NULL unless answered with yes or no)', 'for each yes_no question a boolean'),
            ('texts_wide', ARRAY['short_text'],
             'max(d.value_text) FILTER (WHERE d.question_id = %1$L AND d.state = ''answered'') AS %2$I',
             'p.%2$I', ' (as long as the paper''s licence allows; NULL unless answered)', 'for each short_text question a text')
        ) AS f (name, types, pivot, target, holds, grain)
    LOOP
        used := fixed;
        pivots := '';
        targets := '';
        script := script || format('DROP VIEW IF EXISTS out.%I;', form.name);
        FOR question IN
            SELECT q.question_id, qv.key, qv.text, qv.answer_type FROM core.question q
            JOIN core.question_version qv ON qv.question_version_id = q.current_version_id
            WHERE q.retired_at IS NULL AND qv.answer_type = ANY (form.types) ORDER BY q.question_id
        LOOP
            -- Postgres cuts a name at 63 bytes; a key has at most 60.
            column_name := question.key;
            IF column_name = ANY (used) OR left(column_name, 57) || '_state' = ANY (used) THEN
                column_name := left(question.key, 40) || '_' || lower(left(question.question_id, 16));
            END IF;
            used := used || column_name || (left(column_name, 57) || '_state');
            pivots := pivots || ', ' || format(
                CASE WHEN question.answer_type = 'short_text' THEN replace(form.pivot, 'd.value_text', words) ELSE form.pivot END,
                question.question_id, column_name, left(column_name, 57) || '_state');
            targets := targets || ', ' || format(form.target, question.question_id, column_name, left(column_name, 57) || '_state');
        END LOOP;
        script := script || format(
            'CREATE VIEW out.%I AS SELECT p.work_id, w.name AS paper, doc.title, doc.doi, doc.year, doc.venue%s FROM ('
            -- The newest decision's reading stands for the work.
            'SELECT d.work_id, (max(ARRAY[d.from_release, d.document_id]) FILTER (WHERE d.document_id IS NOT NULL))[2]'
            ' AS document_id%s FROM core.decision d'
            ' WHERE d.from_release <= (SELECT max(release_id) FROM core.release)'
            ' AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release))'
            ' GROUP BY d.work_id) p JOIN core.work w USING (work_id)'
            ' LEFT JOIN core.document doc ON doc.document_id = p.document_id;', form.name, targets, pivots);
        script := script || format('COMMENT ON VIEW out.%I IS %L;', form.name,
            'The current release, one row a work: ' || form.grain
            || '. Generated from the catalogue: columns come and go with its questions. Grain: one work.');
        script := script || format(
            'COMMENT ON COLUMN out.%1$I.work_id IS ''Key of the work.'';'
            'COMMENT ON COLUMN out.%1$I.paper IS ''Where the work was first seen. Untrusted text.'';'
            'COMMENT ON COLUMN out.%1$I.title IS ''Title as read; empty or NULL where none could be read.'';'
            'COMMENT ON COLUMN out.%1$I.doi IS ''DOI the paper states of itself.'';'
            'COMMENT ON COLUMN out.%1$I.year IS ''Year of publication the paper states.'';'
            'COMMENT ON COLUMN out.%1$I.venue IS ''Journal or conference the paper states.'';', form.name);
        used := used[cardinality(fixed) + 1:];
        FOR question IN
            SELECT q.question_id, qv.text, row_number() OVER (ORDER BY q.question_id) AS place FROM core.question q
            JOIN core.question_version qv ON qv.question_version_id = q.current_version_id
            WHERE q.retired_at IS NULL AND qv.answer_type = ANY (form.types) ORDER BY q.question_id
        LOOP
            script := script || format('COMMENT ON COLUMN out.%I.%I IS %L;', form.name, used[2 * question.place - 1],
                'Catalogue ' || question.question_id || ': ' || question.text || form.holds);
            IF form.name = 'answers_wide' THEN
                script := script || format('COMMENT ON COLUMN out.%I.%I IS %L;', form.name, used[2 * question.place],
                    'Catalogue ' || question.question_id || ': state of the answer; NULL where no release has decided it.');
            END IF;
        END LOOP;
    END LOOP;
    fingerprint := 'Definition ' || md5(script);
    IF to_regclass('out.answers_wide') IS NOT NULL
       AND strpos(obj_description('ops.rebuild_wide_forms()'::regprocedure, 'pg_proc'), fingerprint) > 0 THEN
        RETURN false;
    END IF;
    EXECUTE script;
    EXECUTE format('COMMENT ON FUNCTION ops.rebuild_wide_forms() IS %L',
                   'Makes the wide forms in out fit the catalogue in force; true where it had to. ' || fingerprint || '.');
    RETURN true;
END $$;
COMMENT ON FUNCTION ops.rebuild_wide_forms() IS 'Makes the wide forms in out fit the catalogue in force; true where it had to.';
REVOKE ALL ON FUNCTION ops.rebuild_wide_forms() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.rebuild_wide_forms() TO florilegium_writer;
SELECT ops.rebuild_wide_forms();
