-- Facts are write-once for the writer. The two things that change them, a merge and a takedown, are functions that
-- run as the owner: each does one thing, whole, and leaves a row that says who wanted it and why.
CREATE OR REPLACE FUNCTION ops.merge_works(old_id bigint, new_id bigint, why text, who text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    next_release integer := (SELECT coalesce(max(release_id), 0) + 1 FROM core.release);
    pair record;
BEGIN
    IF old_id = new_id OR EXISTS (SELECT FROM core.work_merge WHERE work_id IN (old_id, new_id))
       OR EXISTS (SELECT FROM core.takedown WHERE work_id IN (old_id, new_id)) THEN
        RAISE EXCEPTION 'works % and % cannot be merged: the same, merged before, or taken down', old_id, new_id
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO core.work_merge (work_id, into_work_id, reason, decided_by, full_text_ids)
    SELECT old_id, new_id, why, who, coalesce(array_agg(full_text_id ORDER BY full_text_id), '{}')
    FROM core.full_text WHERE work_id = old_id;
    UPDATE core.full_text SET work_id = new_id WHERE work_id = old_id;
    UPDATE core.document SET work_id = new_id WHERE work_id = old_id;
    UPDATE core.foreign_paper SET work_id = new_id WHERE work_id = old_id;
    INSERT INTO core.identifier (scheme, value, work_id, source, authority, first_seen_at)
    SELECT scheme, value, new_id, source, authority, first_seen_at FROM core.identifier WHERE work_id = old_id
    ON CONFLICT DO NOTHING;
    DELETE FROM core.identifier WHERE work_id = old_id;
    INSERT INTO core.work_event (work_id, kind, event_date, source, notice_doi, detail, first_seen_at)
    SELECT new_id, kind, event_date, source, notice_doi, detail, first_seen_at FROM core.work_event WHERE work_id = old_id
    ON CONFLICT DO NOTHING;
    DELETE FROM core.work_event WHERE work_id = old_id;
    -- Doubts about the old work are doubts about the new one.
    FOR pair IN
        SELECT c.*, CASE WHEN c.work_id = old_id THEN c.other_work_id ELSE c.work_id END AS third
        FROM core.match_candidate c WHERE old_id IN (c.work_id, c.other_work_id) AND new_id NOT IN (c.work_id, c.other_work_id)
    LOOP
        INSERT INTO core.match_candidate (work_id, other_work_id, reason, detail, score, found_at)
        VALUES (least(pair.third, new_id), greatest(pair.third, new_id), pair.reason, pair.detail, pair.score, pair.found_at)
        ON CONFLICT DO NOTHING;
    END LOOP;
    -- What a release has shown ends with the next one; what none has shown yet never was.
    DELETE FROM core.decision WHERE work_id = old_id AND from_release = next_release;
    UPDATE core.decision SET to_release = next_release WHERE work_id = old_id AND to_release IS NULL;
    DELETE FROM ops.decision_sheet WHERE work_id IN (old_id, new_id);
END $$;
COMMENT ON FUNCTION ops.merge_works(bigint, bigint, text, text) IS 'Makes one work of two: all versions, names and notices of the old one go to the new one. Its decisions end with the next release and stay readable.';
REVOKE ALL ON FUNCTION ops.merge_works(bigint, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.merge_works(bigint, bigint, text, text) TO florilegium_writer;

CREATE OR REPLACE FUNCTION ops.take_down(target_id bigint, why text, who text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    documents bigint[] := ARRAY(SELECT document_id FROM core.document WHERE work_id = target_id);
    chunk_sets bigint[] := ARRAY(SELECT chunk_set_id FROM core.chunk_set WHERE document_id = ANY (documents));
    waiting regclass[];
    blocked regclass[];
    named regclass;
    key text;
    row_count bigint;
    removed jsonb := '{}';
BEGIN
    -- Every table that holds a part of a document, whoever added it; the document's own row tells only what was read.
    waiting := ARRAY(
        SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('core', 'ops') AND c.relkind = 'r'
          AND c.oid NOT IN ('core.document'::regclass, 'core.decision'::regclass)
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
                      AND a.attname IN ('document_id', 'chunk_set_id'))
        ORDER BY c.oid);
    WHILE cardinality(waiting) > 0 LOOP
        blocked := '{}';
        FOREACH named IN ARRAY waiting LOOP
            key := (SELECT min(a.attname) FILTER (WHERE a.attname = 'document_id') FROM pg_attribute a
                    WHERE a.attrelid = named AND NOT a.attisdropped);
            BEGIN
                EXECUTE format('DELETE FROM %s WHERE %I = ANY ($1)', named, coalesce(key, 'chunk_set_id'))
                    USING CASE WHEN key IS NULL THEN chunk_sets ELSE documents END;
                GET DIAGNOSTICS row_count = ROW_COUNT;
                IF row_count > 0 THEN
                    removed := removed || jsonb_build_object(named::text, row_count);
                END IF;
            EXCEPTION WHEN foreign_key_violation THEN
                -- Another table still leans on it: that one goes first.
                blocked := blocked || named;
            END;
        END LOOP;
        IF cardinality(blocked) = cardinality(waiting) THEN
            RAISE EXCEPTION 'work %: tables % lean on each other', target_id, blocked;
        END IF;
        waiting := blocked;
    END LOOP;
    UPDATE core.foreign_answer a SET quote = NULL, evidence_status = 'no_quote'
    FROM core.foreign_paper p WHERE p.foreign_paper_id = a.foreign_paper_id AND p.work_id = target_id AND a.quote IS NOT NULL;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    removed := removed || jsonb_build_object('quotes of others', row_count);
    -- A short text is a sentence of the paper. Names, numbers and links are facts: they stay, without their quote,
    -- in the releases that showed them; what stands now is decided anew as taken down.
    UPDATE core.decision d SET state = 'unreadable', value = NULL, value_text = NULL, probability = NULL,
           reason = 'taken_down: the text had to go'
    FROM core.question_version q
    WHERE q.question_version_id = d.question_version_id AND d.work_id = target_id
      AND q.answer_type = 'short_text' AND d.value IS NOT NULL;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    removed := removed || jsonb_build_object('sentences as answers', row_count);
    INSERT INTO core.takedown (work_id, reason, decided_by, removed) VALUES (target_id, why, who, removed)
    ON CONFLICT (work_id) DO NOTHING;
    RETURN QUERY SELECT store_path FROM core.full_text WHERE work_id = target_id ORDER BY full_text_id;
END $$;
COMMENT ON FUNCTION ops.take_down(bigint, text, text) IS 'Removes all text of a work and its quotes from the tables, leaves a row in core.takedown, and returns the files that have to go too. Repeating it does no harm.';
REVOKE ALL ON FUNCTION ops.take_down(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.take_down(bigint, text, text) TO florilegium_writer;
