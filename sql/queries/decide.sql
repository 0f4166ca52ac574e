-- name: next_release
SELECT coalesce(max(release_id), 0) + 1 FROM core.release;

-- name: due_decisions
-- What one work's decisions rest on now, where that differs from the standing decision.
WITH reading AS (
    SELECT work_id, full_text_id, parser_id, document_id, status, code, detail
    FROM core.current_document WHERE work_id = :work_id
), voter AS (
    SELECT fingerprint_id AS answerer_id FROM ops.active_fingerprint WHERE stage = 'answer'
), own AS (
    SELECT r.document_id, b.question_version_id, count(*) AS ballot_count, bool_and(b.state = 'not_applicable') AS is_outside,
           md5(string_agg(concat_ws('|', b.answerer_id, b.state, b.value, b.reason, b.context_sha256), '/'
                          ORDER BY b.answerer_id)) AS ballots_md5
    FROM reading r
    JOIN core.ballot b ON b.document_id = r.document_id
    JOIN voter USING (answerer_id)
    WHERE r.status = 'parsed'
    GROUP BY r.document_id, b.question_version_id
), other AS (
    SELECT question_version_id, md5(string_agg(concat_ws('|', answerer_id, state, is_proven), '/' ORDER BY answerer_id)) AS votes_md5
    FROM core.foreign_voter WHERE work_id = :work_id
    GROUP BY question_version_id
), stopped AS (
    SELECT i.code, i.detail FROM reading r
    JOIN ops.item i ON (i.stage = 'parse' AND i.subject_id = r.full_text_id AND i.recipe_id = r.parser_id
                        AND r.document_id IS NULL)
                    OR (i.stage IN ('embed', 'answer') AND i.subject_id = r.document_id)
    WHERE i.state IN ('failed', 'excluded')
    ORDER BY i.stage, i.recipe_id LIMIT 1
), input AS (
    SELECT q.question_id, q.question_version_id, v.document_id, 'ballots' AS basis, NULL::text AS code, NULL::text AS detail,
           v.is_outside, CASE WHEN v.is_outside OR o.votes_md5 IS NULL THEN v.ballots_md5 ELSE md5(v.ballots_md5 || o.votes_md5) END AS ballots_md5
    FROM own v
    JOIN core.current_question q USING (question_version_id)
    LEFT JOIN other o USING (question_version_id)
    WHERE v.ballot_count = (SELECT count(*) FROM voter)
    UNION ALL
    SELECT q.question_id, q.question_version_id, r.document_id, 'unreadable', r.code, r.detail, true, md5('unreadable|' || r.code)
    FROM reading r CROSS JOIN core.current_question q WHERE r.status = 'unreadable'
    UNION ALL
    SELECT q.question_id, q.question_version_id, NULL, 'failed', s.code, s.detail, true, md5('failed|' || s.code)
    FROM stopped s CROSS JOIN core.current_question q
    WHERE NOT EXISTS (SELECT FROM own v WHERE v.question_version_id = q.question_version_id
                      AND v.ballot_count = (SELECT count(*) FROM voter))
), known AS (
    SELECT i.question_id, i.question_version_id, i.document_id, i.basis, i.code, i.detail, i.is_outside,
           CASE WHEN f.value IS NULL THEN i.ballots_md5 ELSE md5(i.ballots_md5 || f.value) END AS ballots_md5,
           f.label AS gold_label, f.basis AS gold_basis, f.value AS gold_value,
           EXISTS (SELECT FROM core.retracted_work rt WHERE rt.work_id = :work_id) AS is_retracted,
           (SELECT calibration_id FROM core.current_calibration) AS calibration_id
    FROM input i
    LEFT JOIN core.settled_fact f ON f.work_id = :work_id AND f.question_id = i.question_id
)
SELECT k.question_id, k.question_version_id, k.document_id, k.basis, k.code, k.detail, k.is_outside, k.ballots_md5,
       k.gold_label, k.gold_basis, k.gold_value, k.is_retracted, k.calibration_id,
       d.from_release AS old_release, d.question_version_id AS old_question_version_id, d.document_id AS old_document_id,
       d.rule_id AS old_rule_id, d.voted_state AS old_voted_state, d.voters AS old_voters, d.gold_label AS old_gold_label,
       d.gold_basis AS old_gold_basis, d.is_retracted AS old_is_retracted, d.calibration_id AS old_calibration_id,
       d.ballots_md5 AS old_ballots_md5,
       EXISTS (SELECT FROM core.decision w WHERE w.work_id = :work_id AND w.from_release < :release_id) AS is_known_work
FROM known k
LEFT JOIN core.decision d ON d.work_id = :work_id AND d.question_id = k.question_id AND d.to_release IS NULL
WHERE (d.question_version_id, d.rule_id, d.ballots_md5, d.gold_label, d.gold_basis, d.is_retracted, d.calibration_id)
    IS DISTINCT FROM (k.question_version_id, :rule_id, k.ballots_md5, k.gold_label, k.gold_basis, k.is_retracted, k.calibration_id)
ORDER BY k.question_id;

-- name: load_decision_key
SELECT input_md5 FROM ops.decision_key WHERE work_id = :work_id;

-- name: save_decision_sheet
INSERT INTO ops.decision_sheet (work_id, input_md5) VALUES (:work_id, :input_md5)
ON CONFLICT (work_id) DO UPDATE SET input_md5 = excluded.input_md5;

-- name: load_ballots
SELECT b.document_id, b.question_version_id, b.answerer_id, b.state, b.value, b.value_text, b.score, b.reason, b.context_sha256,
       af.scope AS voter
FROM core.ballot b
JOIN ops.active_fingerprint af ON af.stage = 'answer' AND af.fingerprint_id = b.answerer_id
WHERE b.document_id = :document_id
ORDER BY b.question_version_id, b.answerer_id;

-- name: load_foreign_votes
-- Votes of other systems, one a system; a claim without proof has no ballot.
SELECT v.question_version_id, v.answerer_id, v.voter, v.is_proven, b.document_id, b.state, b.value, b.value_text, b.score,
       b.reason, b.context_sha256
FROM core.foreign_voter v
LEFT JOIN core.ballot b ON v.is_proven AND b.document_id = v.document_id
    AND b.question_version_id = v.question_version_id AND b.answerer_id = v.answerer_id
WHERE v.work_id = :work_id
ORDER BY v.question_version_id, v.answerer_id;

-- name: load_recipes
SELECT fingerprint_id, recipe FROM core.fingerprint WHERE fingerprint_id = ANY (CAST(:ids AS bigint[]));

-- name: load_questions
SELECT question_version_id, question_id, version, key, text, answer_type, section_prior, cues, spec
FROM core.current_question ORDER BY question_id;

-- name: close_decision
-- A decision of a published release is closed; one that no release has shown yet is replaced.
UPDATE core.decision SET to_release = :release_id
WHERE work_id = :work_id AND question_id = :question_id AND to_release IS NULL AND from_release < :release_id;

-- name: drop_pending_decision
DELETE FROM core.decision
WHERE work_id = :work_id AND question_id = :question_id AND from_release = :release_id;

-- name: insert_decision
INSERT INTO core.decision (work_id, question_id, from_release, question_version_id, document_id, state, value, value_text,
    probability, reason, rule_id, ballots_md5, cause, run_id, voted_state, voters, share, calibration_id, calibration_scope,
    gold_label, gold_basis, is_retracted, yes_probability)
VALUES (:work_id, :question_id, :release_id, :question_version_id, :document_id, :state, CAST(:value AS jsonb), :value_text,
    :probability, :reason, :rule_id, :ballots_md5, :cause, :run_id, :voted_state, :voters, :share, :calibration_id,
    :calibration_scope, :gold_label, :gold_basis, :is_retracted, :yes_probability);

-- name: insert_support
INSERT INTO core.decision_support (work_id, question_id, from_release, answerer_id)
VALUES (:work_id, :question_id, :release_id, :answerer_id);

-- name: drop_pending_retired
DELETE FROM core.decision d USING core.question q
WHERE d.work_id = :work_id AND q.question_id = d.question_id AND q.retired_at IS NOT NULL
  AND d.from_release = :release_id;

-- name: close_retired
UPDATE core.decision d SET to_release = :release_id
FROM core.question q
WHERE d.work_id = :work_id AND q.question_id = d.question_id AND q.retired_at IS NOT NULL
  AND d.to_release IS NULL AND d.from_release < :release_id;
