-- name: missing_questions
SELECT q.question_version_id, q.question_id, q.version, q.key, q.text, q.answer_type, q.section_prior, q.cues, q.spec
FROM core.current_question q
LEFT JOIN core.ballot b ON b.question_version_id = q.question_version_id
    AND b.document_id = :document_id AND b.answerer_id = :answerer_id
WHERE b.document_id IS NULL
  AND (CAST(:question_ids AS text[]) IS NULL OR q.question_id = ANY (CAST(:question_ids AS text[])))
ORDER BY q.question_id;

-- name: insert_ballots
-- Ballots of one paper by one answerer; a cell that has one keeps it.
INSERT INTO core.ballot (document_id, question_version_id, answerer_id, state, value, value_text, score, reason,
    context_sha256, carried_from, run_id)
SELECT CAST(:document_id AS bigint), x.question_version_id, CAST(:answerer_id AS bigint), x.state,
       CAST(x.value AS jsonb), x.value_text, x.score, x.reason, x.context_sha256, x.carried_from,
       CAST(:run_id AS bigint)
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:values AS text[]), CAST(:value_texts AS text[]),
            CAST(:scores AS real[]), CAST(:reasons AS text[]), CAST(:contexts AS text[]), CAST(:origins AS bigint[]))
     AS x(question_version_id, state, value, value_text, score, reason, context_sha256, carried_from)
ON CONFLICT DO NOTHING
RETURNING question_version_id;

-- name: carriable_ballots
-- Ballots of the same work for an earlier reading, with the same question, answerer and context.
SELECT DISTINCT ON (b.question_version_id)
    b.document_id, b.question_version_id, b.state, b.value, b.value_text, b.score, b.reason, b.context_sha256
FROM core.ballot b
JOIN core.document d ON d.document_id = b.document_id
JOIN core.document mine ON mine.document_id = :document_id AND mine.work_id = d.work_id
JOIN unnest(CAST(:ids AS bigint[]), CAST(:contexts AS text[])) AS c(question_version_id, context_sha256)
    ON c.question_version_id = b.question_version_id AND c.context_sha256 = b.context_sha256
WHERE b.answerer_id = :answerer_id AND b.document_id <> :document_id AND b.state <> 'failed'
ORDER BY b.question_version_id, b.cast_at DESC;

-- name: load_evidence
SELECT evidence_rank, block_index, sentence_index, char_start, char_end, quote, match_kind
FROM core.evidence
WHERE document_id = :document_id AND question_version_id = :question_version_id AND answerer_id = :answerer_id
ORDER BY evidence_rank;

-- name: save_answer_sheet
INSERT INTO ops.answer_sheet (document_id, answerer_id, asked_md5, ballot_count)
SELECT :document_id, :answerer_id,
       CASE WHEN count(b.document_id) = count(*)
            THEN md5(string_agg(CAST(q.question_version_id AS text), ',' ORDER BY q.question_version_id)) END,
       (SELECT count(*) FROM core.ballot WHERE document_id = :document_id AND answerer_id = :answerer_id)
       + (SELECT count(*) FROM core.reopened_ballot WHERE document_id = :document_id AND answerer_id = :answerer_id)
FROM core.current_question q
LEFT JOIN core.ballot b ON b.question_version_id = q.question_version_id
    AND b.document_id = :document_id AND b.answerer_id = :answerer_id
ON CONFLICT (document_id, answerer_id) DO UPDATE SET
    asked_md5 = excluded.asked_md5, ballot_count = excluded.ballot_count;

-- name: load_spend
SELECT coalesce(sum(calls), 0)::bigint AS calls, coalesce(sum(prompt_tokens), 0)::bigint AS prompt_tokens,
       coalesce(sum(completion_tokens), 0)::bigint AS completion_tokens, coalesce(sum(seconds), 0) AS seconds
FROM ops.model_spend WHERE run_id = :run_id;

-- name: add_spend
INSERT INTO ops.model_spend AS s (run_id, answerer_id, calls, prompt_tokens, completion_tokens, seconds)
VALUES (:run_id, :answerer_id, :calls, :prompt_tokens, :completion_tokens, :seconds)
ON CONFLICT (run_id, answerer_id) DO UPDATE SET
    calls = s.calls + excluded.calls, prompt_tokens = s.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = s.completion_tokens + excluded.completion_tokens, seconds = s.seconds + excluded.seconds;

-- name: stop_spend
INSERT INTO ops.model_spend (run_id, answerer_id, calls, prompt_tokens, completion_tokens, seconds, stop_reason)
VALUES (:run_id, :answerer_id, 0, 0, 0, 0, :stop_reason)
ON CONFLICT (run_id, answerer_id) DO UPDATE SET stop_reason = excluded.stop_reason;

-- name: load_stop_reason
SELECT stop_reason FROM ops.model_spend WHERE run_id = :run_id AND stop_reason IS NOT NULL
ORDER BY answerer_id LIMIT 1;

-- name: reopen_failed_ballots
-- Failed answers of language models go aside, so that their cells are missing again.
SELECT core.reopen_failed_ballots(:reason, :work_id) AS reopened_count;

-- name: is_model_due
SELECT EXISTS (SELECT FROM ops.due d JOIN core.fingerprint f ON f.fingerprint_id = d.recipe_id
               WHERE d.stage = 'answer' AND f.recipe ->> 'kind' = 'llm') AS is_due;
