-- name: due_counts
-- Papers, however many answerers have to read each; what no source has brought yet has no work.
SELECT stage, count(DISTINCT coalesce(work_id, subject_id)) AS paper_count FROM ops.due GROUP BY stage;

-- name: missing_cells
-- Cells of readable papers that have no ballot, by question, with the reason.
SELECT q.question_id, q.key, x.reason, count(*) AS cell_count
FROM core.current_document cd
CROSS JOIN core.current_question q
JOIN ops.active_fingerprint v ON v.stage = 'answer'
LEFT JOIN core.ballot b ON b.document_id = cd.document_id AND b.question_version_id = q.question_version_id
    AND b.answerer_id = v.fingerprint_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN EXISTS (SELECT FROM core.reopened_ballot o WHERE o.document_id = cd.document_id
                   AND o.question_version_id = q.question_version_id AND o.answerer_id = v.fingerprint_id) THEN 'reopened'
    WHEN EXISTS (SELECT FROM core.ballot o JOIN core.question_version ov USING (question_version_id)
                 WHERE o.document_id = cd.document_id AND ov.question_id = q.question_id
                   AND ov.question_version_id <> q.question_version_id) THEN 'question changed'
    WHEN EXISTS (SELECT FROM core.ballot o WHERE o.document_id = cd.document_id
                   AND o.question_version_id = q.question_version_id) THEN 'answerer changed'
    WHEN EXISTS (SELECT FROM core.ballot o WHERE o.document_id = cd.document_id) THEN 'new question'
    WHEN EXISTS (SELECT FROM core.ballot o JOIN core.document od USING (document_id)
                 WHERE od.work_id = cd.work_id) THEN 'new reading'
    ELSE 'new paper' END AS reason) x
WHERE cd.status = 'parsed' AND b.document_id IS NULL
GROUP BY q.question_id, q.key, x.reason
ORDER BY q.question_id, x.reason;

-- name: health
SELECT work_count, readable_count, question_count, release_id, published_at, last_run_at, due_count FROM out.health;

-- name: hours_since_night
-- By the database clock; NULL before the first night that was done.
SELECT CAST(extract(epoch FROM clock_timestamp() - max(ended_at)) / 3600 AS double precision) AS hours
FROM ops.run WHERE state = 'done' AND kind <> 'adhoc';

-- name: recent_runs
SELECT f.run_id, f.kind, f.state, f.started_at, r.ended_at, r.note, f.found, f.duplicate, f.excluded, f.failed, f.answered, f.open
FROM out.flow f JOIN ops.run r USING (run_id)
ORDER BY f.run_id DESC LIMIT :run_limit;

-- name: run_failures
SELECT stage, paper, code, detail, next_step, is_exclusion, attempt FROM out.failures
WHERE run_id = :run_id ORDER BY is_exclusion, paper, stage;

-- name: run_endings
-- Every paper of a run that got no answers, new or known: nothing stays unsaid on a second night.
SELECT s.locator AS paper, s.final_outcome AS outcome, s.final_code AS code,
       coalesce(s.detail, p.detail, '') AS detail
FROM ops.sighting s
LEFT JOIN core.full_text ft USING (full_text_id)
LEFT JOIN out.papers p USING (work_id)
WHERE s.run_id = :run_id AND s.final_outcome IS DISTINCT FROM 'answered'
ORDER BY s.final_outcome, s.locator;

-- name: run_stages
SELECT stage, in_count, done_count, excluded_count, failed_count, open_count FROM out.run_summary
WHERE run_id = :run_id ORDER BY settled_at;

-- name: answer_states
SELECT a.work_id, a.paper, coalesce(a.title, '') AS title, a.question_id, a.state
FROM out.answers a ORDER BY a.paper, a.work_id, a.question_id;

-- name: answers_of
SELECT question_id, question_key, state, value, reason, quote, section, page
FROM out.answers WHERE work_id = :work_id ORDER BY question_id;

-- name: find_works
SELECT w.work_id, w.name FROM core.work w
LEFT JOIN core.full_text ft USING (work_id)
LEFT JOIN core.document d USING (full_text_id)
WHERE CAST(w.work_id AS text) = :needle OR w.name = :needle OR ft.sha256 = :needle OR d.doi = lower(:needle)
   OR EXISTS (SELECT FROM core.identifier i WHERE i.work_id = w.work_id AND lower(i.value) = lower(:needle))
   OR strpos(lower(w.name), lower(:needle)) > 0 OR strpos(lower(d.title), lower(:needle)) > 0
GROUP BY w.work_id, w.name
ORDER BY (w.name = :needle OR CAST(w.work_id AS text) = :needle) DESC, w.name LIMIT :work_limit;

-- name: last_refusal
-- A file of which no bytes were taken is no work; what is known of it is why.
SELECT run_id, code, detail, next_step FROM ops.failure
WHERE locator = :locator AND stage = 'fetch' ORDER BY failure_id DESC LIMIT 1;

-- name: life_sightings
SELECT s.run_id, s.source, s.locator, s.outcome, s.final_outcome, s.code, s.detail
FROM ops.sighting s JOIN core.full_text ft USING (full_text_id)
WHERE ft.work_id = :work_id ORDER BY s.run_id, s.locator;

-- name: life_full_texts
SELECT sha256, version, media_type, is_canonical, licence_spdx AS licence, policy, byte_count, fetched_at FROM out.versions
WHERE work_id = :work_id ORDER BY fetched_at, sha256;

-- name: life_notices
SELECT kind, event_date, source, notice_doi, detail, first_seen_at FROM out.work_events
WHERE work_id = :work_id ORDER BY first_seen_at, kind, source;

-- name: life_takedowns
SELECT reason, decided_by, decided_at, bytes_removed_at FROM out.takedowns WHERE work_id = :work_id;

-- name: life_documents
SELECT d.document_id, p.name AS parser, d.status, d.code, d.detail, d.title, d.page_count, d.text_layer, d.parsed_at,
       d.document_id = cd.document_id AS is_current
FROM core.document d
JOIN core.fingerprint p ON p.fingerprint_id = d.parser_id
LEFT JOIN core.current_document cd ON cd.work_id = d.work_id
WHERE d.work_id = :work_id ORDER BY d.parsed_at;

-- name: life_ballots
SELECT b.document_id, f.name AS answerer, b.state, count(*) AS ballot_count,
       count(b.carried_from) AS carried_count, max(b.cast_at) AS last_cast_at
FROM core.ballot b JOIN core.document d USING (document_id)
JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
WHERE d.work_id = :work_id GROUP BY b.document_id, f.name, b.state ORDER BY max(b.cast_at), b.state;

-- name: life_changes
SELECT release_id, cause, new_state, count(*) AS decision_count FROM out.changes
WHERE work_id = :work_id GROUP BY release_id, cause, new_state ORDER BY release_id, cause, new_state;

-- name: life_failures
SELECT run_id, stage, code, detail, next_step, attempt, failed_at FROM out.failures
WHERE work_id = :work_id ORDER BY failure_id;

-- name: life_due
SELECT d.stage, i.state, i.attempt, i.code, i.detail FROM ops.due d
LEFT JOIN ops.item i USING (stage, subject_id, recipe_id) WHERE d.work_id = :work_id ORDER BY d.stage;

-- name: canonical_export
-- Everything an analyst can read of the current release, without clocks and counters.
SELECT a.paper, a.question_id, a.state, a.value_json, a.reason, a.probability, e.evidence_rank, e.quote, e.section,
       e.page, e.block_index, e.char_start
FROM out.answers a
LEFT JOIN out.evidence e USING (work_id, question_id)
ORDER BY a.paper, a.work_id, a.question_id, e.answerer, e.evidence_rank;

-- name: releases
SELECT release_id, run_id, changed_count, decision_count, published_at FROM out.releases ORDER BY release_id;

-- name: due_papers
SELECT d.stage, w.name FROM ops.due d JOIN core.work w USING (work_id) ORDER BY d.stage, w.name LIMIT 1000;

-- name: model_estimate
-- What the missing cells of language models will take: by the mean of earlier answers of the same
-- model, else of any; before the first one an upper bound by the length of the papers.
WITH voter AS (
    SELECT f.fingerprint_id AS answerer_id, f.name, coalesce(CAST(f.recipe ->> 'ask_probability' AS boolean), false) AS asks_twice
    FROM ops.active_fingerprint af JOIN core.fingerprint f USING (fingerprint_id)
    WHERE af.stage = 'answer' AND f.recipe ->> 'kind' = 'llm'
), length AS (
    SELECT cs.document_id, sum(c.token_count) AS tokens
    FROM core.chunk_set cs JOIN core.chunk c USING (chunk_set_id)
    JOIN ops.active_fingerprint af ON af.stage = 'chunk' AND af.fingerprint_id = cs.chunker_id
    GROUP BY cs.document_id
), missing AS (
    SELECT v.answerer_id, count(*) AS cells, count(DISTINCT cd.document_id) AS papers, sum(l.tokens) AS most_tokens
    FROM voter v
    CROSS JOIN core.current_document cd
    CROSS JOIN core.current_question q
    LEFT JOIN core.ballot b ON b.document_id = cd.document_id AND b.answerer_id = v.answerer_id
        AND b.question_version_id = q.question_version_id
    LEFT JOIN length l ON l.document_id = cd.document_id
    WHERE cd.status = 'parsed' AND b.document_id IS NULL AND NOT jsonb_exists(q.spec, 'parent')
    GROUP BY v.answerer_id
), past AS (
    SELECT answerer_id, count(*) AS answers, avg(call_count) AS calls, avg(prompt_tokens) AS prompt_tokens,
           avg(cached_tokens) AS cached_tokens, avg(completion_tokens) AS completion_tokens
    FROM core.generation GROUP BY GROUPING SETS ((answerer_id), ())
), pace AS (
    SELECT answerer_id, sum(seconds) / nullif(sum(calls), 0) AS seconds
    FROM ops.model_spend GROUP BY GROUPING SETS ((answerer_id), ())
), sized AS (
    SELECT v.name, v.answerer_id, v.asks_twice, m.cells, m.papers, m.most_tokens, p.*
    FROM missing m
    JOIN voter v USING (answerer_id)
    LEFT JOIN LATERAL (
        SELECT p.answerer_id AS past_id, p.answers, p.calls, p.prompt_tokens, p.cached_tokens, p.completion_tokens, e.seconds
        FROM past p LEFT JOIN pace e ON e.answerer_id IS NOT DISTINCT FROM p.answerer_id
        WHERE p.answers > 0 AND (p.answerer_id = v.answerer_id OR p.answerer_id IS NULL)
        ORDER BY p.answerer_id NULLS LAST LIMIT 1) p ON true
)
SELECT name AS answerer, papers, cells,
       CAST(round(cells * (coalesce(calls, 1) + CAST(asks_twice AS integer))) AS bigint) AS calls,
       CAST(round(coalesce(cells * prompt_tokens, most_tokens)) AS bigint) AS prompt_tokens,
       CAST(round(cells * cached_tokens) AS bigint) AS cached_tokens,
       CAST(round(cells * completion_tokens) AS bigint) AS completion_tokens,
       CAST(round(CAST(cells * (calls + CAST(asks_twice AS integer)) * seconds AS numeric), 1) AS double precision) AS seconds,
       CASE WHEN answers IS NULL THEN 'at most, by the length of the papers'
            WHEN past_id IS NULL THEN answers || ' earlier answers of other models'
            ELSE answers || ' earlier answers' END AS basis
FROM sized ORDER BY name;
