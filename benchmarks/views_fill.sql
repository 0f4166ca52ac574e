-- A synthetic corpus of {works} works over the catalogue that is loaded; see views.py.
SET session_replication_role = replica;
INSERT INTO core.fingerprint SELECT n, s, s || '/1', md5(s), '{}' FROM
    unnest(ARRAY['parse', 'chunk', 'embed', 'answer', 'decide']) WITH ORDINALITY AS x (s, n);
INSERT INTO core.fingerprint VALUES (6, 'answer', 'other/1', md5('other'), '{}');
INSERT INTO ops.active_fingerprint VALUES ('parse', 'application/pdf', 1), ('answer', 'a', 4), ('answer', 'b', 6), ('decide', '', 5);
INSERT INTO ops.run (kind, trigger, state, holder, lease_until, ended_at)
SELECT 'night', 'bench', 'done', 'lease', now(), now() FROM generate_series(1, 3);
INSERT INTO core.release (release_id, run_id, changed_count, decision_count, published_at)
SELECT n, n, 1, {works} * 28, date_trunc('month', now()) + interval '1 minute' - make_interval(months => 3 - n)
FROM generate_series(1, 3) n;
UPDATE ops.run r SET started_at = e.published_at - interval '2 hours', ended_at = e.published_at + interval '1 minute'
FROM core.release e WHERE e.run_id = r.run_id;
INSERT INTO ops.run_stage SELECT r, s, {works}, {works}, 0, 0, 0 FROM generate_series(1, 3) r,
    unnest(ARRAY['fetch', 'parse', 'embed', 'answer', 'decide']) s;
INSERT INTO core.work SELECT w, 'folder/paper' || w || '.pdf' FROM generate_series(1, {works}) w;
INSERT INTO core.full_text SELECT w, w, encode(sha256(w::text::bytea), 'hex'), 'application/pdf', 1000, 'x'
FROM generate_series(1, {works}) w;
-- Half of the papers came from a source with a free licence, a quarter from one that told none, the rest from a folder.
INSERT INTO core.rights (full_text_id, source, url, version, licence_spdx, licence_source, oa_status, tdm_basis, tdm_reserved,
    quote_limit, policy)
SELECT w, 'europe_pmc', 'https://example.org/' || w, 'published', CASE WHEN w % 2 = 0 THEN 'CC-BY-4.0' END, 'license', 'gold',
       CASE WHEN w % 2 = 0 THEN 'cc' ELSE 'unknown' END, false, CASE WHEN w % 2 = 1 THEN 200 END, 'bench'
FROM generate_series(1, {works}) w WHERE w % 4 <> 3;
INSERT INTO core.identifier SELECT 'doi', '10.5555/' || w, w, 'europe_pmc', 'crossref' FROM generate_series(1, {works}) w WHERE w % 4 <> 3;
INSERT INTO core.document (document_id, full_text_id, parser_id, work_id, status, code, title, doi, year, venue,
    text_layer, stopword_ratio, page_count, body_char_count, heading_count, reference_count, hidden_char_count,
    noise_char_count, quality_detail, run_id)
SELECT w, w, 1, w, CASE WHEN w % 100 = 0 THEN 'unreadable' ELSE 'parsed' END,
       CASE WHEN w % 100 = 0 THEN 'garbled_text' END, 'A synthetic paper, number ' || w, '10.5555/' || w,
       2010 + w % 16, 'Journal ' || w % 50, 'ok', 0.4, 10, 40000, 12, 40, 0, 0, '{}', 1
FROM generate_series(1, {works}) w;
INSERT INTO ops.failure (run_id, stage, subject_id, work_id, locator, attempt, code, detail, next_step, is_exclusion)
SELECT 1, 'parse', w, w, 'folder/paper' || w || '.pdf', 1, 'garbled_text', 'cipher', 'get another copy', true
FROM generate_series(100, {works}, 100) w;
INSERT INTO core.section SELECT w, 0, ARRAY['Methods'], 'methods', 'body' FROM generate_series(1, {works}) w;
INSERT INTO core.block SELECT w, 0, 0, 'paragraph', 'body', repeat('A sentence of a synthetic paper that says so. ', 28), '{}', NULL
FROM generate_series(1, {works}) w;
INSERT INTO core.sentence SELECT w, s, 0, s * 46, s * 46 + 45, ARRAY[ARRAY[s % 10 + 1, 50, 60, 300, 70]]::real[]
FROM generate_series(1, {works}) w, generate_series(0, 27) s;
CREATE TEMP TABLE cell AS
SELECT w, q.question_id, q.question_version_id, q.answer_type, q.n,
       CASE WHEN w % 100 = 0 THEN 'unreadable' WHEN h % 10 < 6 THEN 'answered' WHEN h % 10 < 9 THEN 'not_reported'
            ELSE 'not_applicable' END AS state, h
FROM generate_series(1, {works}) w
CROSS JOIN (SELECT *, CAST(row_number() OVER (ORDER BY question_id) AS integer) - 1 AS n FROM core.current_question) q
CROSS JOIN LATERAL (SELECT abs(hashint8(w * 100 + q.n)::bigint) AS h) x
ORDER BY w, q.question_id;
CREATE TEMP TABLE valued AS
SELECT c.*, CASE WHEN state = 'answered' THEN (
    SELECT jsonb_agg(CASE answer_type
        WHEN 'url_list' THEN jsonb_build_object('url', 'https://example.org/' || w, 'host', 'example.org', 'role', 'own', 'evidence', '[1]'::jsonb)
        WHEN 'key_value_list' THEN jsonb_build_object('name', 'name ' || (h / i) % 40, 'surface', 'Name', 'value', '24', 'number', 24.0, 'unit', 'GB', 'evidence', '[1]'::jsonb)
        ELSE jsonb_build_object('name', 'name ' || (h / i) % 40, 'surface', 'Name', 'evidence', '[1]'::jsonb) END)
    FROM unnest(ARRAY[1, 7, 61]) i) END AS value
FROM cell c;
INSERT INTO core.ballot (document_id, question_version_id, answerer_id, state, value, value_text, score, reason, context_sha256, run_id)
SELECT w, question_version_id, 4, state, value, CASE WHEN state = 'answered' THEN 'one; two; three' END, 0.5,
       CASE WHEN state <> 'answered' THEN 'nothing found' END, 'x', 1 FROM valued WHERE state <> 'unreadable';
INSERT INTO core.ballot (document_id, question_version_id, answerer_id, state, value, value_text, score, reason, context_sha256, run_id)
SELECT w, question_version_id, 6, CASE WHEN h % 20 = 0 THEN 'not_reported' ELSE state END,
       CASE WHEN h % 20 > 0 THEN value END, CASE WHEN h % 20 > 0 AND state = 'answered' THEN 'one; two; three' END, 0.5,
       CASE WHEN state <> 'answered' OR h % 20 = 0 THEN 'nothing found' END, 'x', 1 FROM valued WHERE state <> 'unreadable';
-- A random sample of a hundredth of the papers is labelled: a fifth of what was found is wrong.
INSERT INTO core.foreign_paper (paper_key, label, work_id, match_kind)
SELECT w, w, w, 'work_id' FROM generate_series(50, {works}, 100) w;
INSERT INTO core.annotation (annotation_id, foreign_paper_id, question_id, annotator, raw_label, label, is_blind, sample,
    source_name, line)
SELECT row_number() OVER (), p.foreign_paper_id, c.question_id, 'ada', 'x', CASE WHEN (c.state = 'answered') = (c.h % 5 > 0) THEN 'yes' ELSE 'no' END,
       true, 'random', 'bench', row_number() OVER ()
FROM core.foreign_paper p JOIN cell c ON c.w = p.work_id;
INSERT INTO core.evidence SELECT w, question_version_id, 4, 1, 0, n, n * 46, n * 46 + 45,
    'A sentence of a synthetic paper that says so.', 'cited' FROM valued WHERE state = 'answered';
INSERT INTO core.decision (work_id, question_id, from_release, to_release, question_version_id, document_id, state,
    value, value_text, reason, rule_id, ballots_md5, cause, run_id, voted_state, voters, share, yes_probability)
SELECT w, question_id, r, CASE WHEN question_id = 'CQ19' AND r < 3 THEN 3 END, question_version_id, w, state, value,
       CASE WHEN state = 'answered' THEN 'one; two; three' END,
       CASE WHEN state <> 'answered' THEN 'nothing found' END, 5, md5(h::text),
       CASE r WHEN 3 THEN 'question_version' ELSE 'new_paper' END, r, state, '{4,6}',
       CASE state WHEN 'answered' THEN CASE WHEN h % 20 = 0 THEN 0.5 ELSE 1 END WHEN 'not_reported' THEN 0 END,
       CASE state WHEN 'answered' THEN CASE WHEN h % 20 = 0 THEN 0.5 ELSE 2.5 / 3 END WHEN 'not_reported' THEN 0.5 / 3 END
FROM valued CROSS JOIN LATERAL (
    SELECT CASE WHEN w <= {works} * 0.6 THEN 1 ELSE 2 END AS r UNION ALL SELECT 3 WHERE question_id = 'CQ19') x;
INSERT INTO core.decision_support SELECT work_id, question_id, from_release, 4 FROM core.decision WHERE state = 'answered';
INSERT INTO ops.sighting (run_id, source, locator, etag, outcome, full_text_id, final_outcome)
SELECT 3, 'folder', 'paper' || w, '', CASE WHEN w > {works} * 0.9 THEN 'new' ELSE 'known' END, w, 'answered'
FROM generate_series(1, {works}) w;
-- The trigger that counts a release was off.
INSERT INTO core.release_state (release_id, question_id, state, decision_count)
SELECT r.release_id, d.question_id, d.state, count(*) FROM core.release r
JOIN core.decision d ON d.from_release <= r.release_id AND (d.to_release IS NULL OR d.to_release > r.release_id)
GROUP BY r.release_id, d.question_id, d.state;
SET session_replication_role = origin;
VACUUM ANALYZE;
