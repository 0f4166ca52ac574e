-- name: rebuild_wide_forms
-- A load of a catalogue gives the wide forms the columns of the questions now in force.
SELECT ops.rebuild_wide_forms();

-- name: find_release
-- A release by its number, or the last one published by a moment, or the last one of all.
SELECT release_id, run_id, changed_count, decision_count, published_at,
       coalesce((SELECT r.started_at FROM ops.run r WHERE r.run_id = releases.run_id), published_at) AS started_at
FROM out.releases
WHERE (CAST(:release_id AS integer) IS NULL OR release_id = :release_id)
  AND (CAST(:moment AS timestamptz) IS NULL OR published_at <= :moment)
ORDER BY release_id DESC LIMIT 1;

-- name: release_answers
-- Quotes, and texts in the paper's own words, are as long as they may be outside of the house.
SELECT a.paper, a.title, a.question_id, a.question_key, a.state,
       CASE WHEN a.answer_type = 'short_text' THEN left(a.value, r.export_chars) ELSE a.value END AS value,
       CASE WHEN a.answer_type = 'short_text' AND jsonb_typeof(a.value_json) = 'string'
            THEN to_jsonb(left(a.value_json #>> '{}', r.export_chars)) ELSE a.value_json END AS value_json,
       a.probability, a.reason, left(a.quote, r.export_chars) AS quote, a.section, a.page,
       CASE WHEN length(a.quote) > r.export_chars THEN 'cut to ' || r.export_chars || ' characters: ' || r.reason
            ELSE a.quote_cut END AS quote_cut, r.link, r.licence
FROM out.answers_of_release(:release_id) a
LEFT JOIN core.quote_right r ON r.document_id = a.document_id
ORDER BY a.paper, a.work_id, a.question_id;

-- name: release_works
-- One row a work with all its answered questions, for forms that list papers.
SELECT a.work_id, a.paper, doc.title, doc.doi, doc.year, doc.venue, ft.media_type, ft.sha256, r.link, r.licence,
       r.basis AS quote_basis, nullif(r.export_chars, 2147483647) AS quote_limit, a.answers
FROM (SELECT o.work_id, o.paper, max(o.document_id) AS document_id,
             coalesce(jsonb_agg(jsonb_build_object(
                          'question', o.question_id, 'key', o.question_key,
                          'value', CASE WHEN o.answer_type = 'short_text' THEN left(o.value, q.export_chars) ELSE o.value END,
                          'value_json', CASE WHEN o.answer_type = 'short_text' THEN to_jsonb(left(o.value, q.export_chars))
                                             ELSE o.value_json END) ORDER BY o.question_id)
                      FILTER (WHERE o.state = 'answered'), '[]') AS answers
      FROM out.answers_of_release(:release_id) o
      LEFT JOIN core.quote_right q ON q.document_id = o.document_id
      GROUP BY o.work_id, o.paper) a
LEFT JOIN core.document doc ON doc.document_id = a.document_id
LEFT JOIN core.full_text ft ON ft.full_text_id = doc.full_text_id
LEFT JOIN core.quote_right r ON r.document_id = a.document_id
ORDER BY a.paper, a.work_id;

-- name: release_questions
SELECT DISTINCT qv.question_id, qv.key AS question_key, qv.version, qv.answer_type, qv.text AS question
FROM core.decision d JOIN core.question_version qv USING (question_version_id)
WHERE d.from_release <= :release_id AND (d.to_release IS NULL OR d.to_release > :release_id)
ORDER BY qv.question_id, qv.version;

-- name: release_evidence
SELECT w.name AS paper, d.question_id, f.name AS answerer, ev.evidence_rank, left(ev.quote, r.export_chars) AS quote,
       array_to_string(s.path, ' > ') AS section, CAST(sn.regions[1][1] AS integer) AS page, ev.match_kind,
       ft.sha256, ev.block_index, ev.char_start,
       CAST(least(ev.char_end, ev.char_start + CAST(r.export_chars AS bigint)) AS integer) AS char_end,
       CASE WHEN length(ev.quote) > r.export_chars THEN 'cut to ' || r.export_chars || ' characters: ' || r.reason END AS quote_cut,
       r.link, r.licence
FROM core.decision d
JOIN core.work w USING (work_id)
JOIN core.decision_support ds USING (work_id, question_id, from_release)
JOIN core.fingerprint f ON f.fingerprint_id = ds.answerer_id
JOIN core.evidence ev ON ev.document_id = d.document_id AND ev.question_version_id = d.question_version_id
    AND ev.answerer_id = ds.answerer_id
JOIN core.document doc ON doc.document_id = d.document_id
JOIN core.full_text ft ON ft.full_text_id = doc.full_text_id
JOIN core.sentence sn ON sn.document_id = ev.document_id AND sn.sentence_index = ev.sentence_index
JOIN core.block b ON b.document_id = ev.document_id AND b.block_index = ev.block_index
JOIN core.section s ON s.document_id = b.document_id AND s.section_index = b.section_index
JOIN core.quote_right r ON r.document_id = ev.document_id
WHERE d.from_release <= :release_id AND (d.to_release IS NULL OR d.to_release > :release_id)
ORDER BY w.name, w.work_id, d.question_id, f.name, ev.evidence_rank;

-- name: release_recipes
-- By what the papers of a release were read, cut, asked and decided, as far as it was in use by then.
WITH standing AS (
    SELECT d.document_id, d.question_version_id, d.rule_id, r.published_at
    FROM core.decision d JOIN core.release r ON r.release_id = :release_id
    WHERE d.from_release <= r.release_id AND (d.to_release IS NULL OR d.to_release > r.release_id)
), used AS (
    SELECT rule_id AS fingerprint_id FROM standing
    UNION
    SELECT doc.parser_id FROM standing s JOIN core.document doc USING (document_id)
    UNION
    SELECT cs.chunker_id FROM standing s JOIN core.chunk_set cs USING (document_id) WHERE cs.chunked_at <= s.published_at
    UNION
    SELECT e.space_id FROM (SELECT DISTINCT document_id, published_at FROM standing) s
    JOIN core.chunk_set cs USING (document_id)
    JOIN core.embedding e ON e.chunk_set_id = cs.chunk_set_id AND e.chunk_index = 0
    JOIN core.fingerprint f ON f.fingerprint_id = e.space_id
    WHERE cs.chunked_at <= s.published_at AND f.registered_at <= s.published_at
    UNION
    SELECT b.answerer_id FROM standing s JOIN core.ballot b USING (document_id, question_version_id)
    WHERE b.cast_at <= s.published_at
)
SELECT f.stage, f.name, f.sha256, f.recipe FROM core.fingerprint f JOIN used USING (fingerprint_id)
ORDER BY f.stage, f.name, f.sha256;

-- name: release_diff
SELECT work_id, paper, question_id, change, cause, old_state, old_value, new_state, new_value
FROM out.release_diff(:old_release, :new_release) ORDER BY paper, work_id, question_id;

-- name: dictionary
-- Every object with its words. Columns of the wide forms that a catalogue brings are told by their comment.
SELECT n.nspname AS schema, c.relname AS object,
       CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind, CAST(0 AS smallint) AS position,
       NULL::text AS column_name, NULL::text AS type, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'ops', 'out') AND c.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT n.nspname, c.relname, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, a.attnum,
       a.attname, format_type(a.atttypid, a.atttypmod), coalesce(col_description(c.oid, a.attnum), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('core', 'ops', 'out') AND c.relkind IN ('r', 'p', 'v', 'm')
  AND NOT (c.relname LIKE '%\_wide' AND coalesce(col_description(c.oid, a.attnum), '') LIKE 'Catalogue %')
UNION ALL
SELECT n.nspname, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', 'function', CAST(0 AS smallint),
       NULL, pg_get_function_result(p.oid),
       regexp_replace(coalesce(obj_description(p.oid, 'pg_proc'), ''), ' Definition [0-9a-f]{32}\.$', '')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('core', 'ops', 'out')
ORDER BY 1, 2, 4;
