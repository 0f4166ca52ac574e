-- name: next_release
SELECT coalesce(max(release_id), 0) + 1 FROM core.release;

-- name: due_decisions
SELECT di.question_id, di.question_version_id, di.document_id, di.basis, di.code, di.detail, di.ballots_md5,
       d.from_release AS old_release, d.question_version_id AS old_question_version_id, d.document_id AS old_document_id,
       d.rule_id AS old_rule_id, d.state AS old_state,
       EXISTS (SELECT FROM core.decision w WHERE w.work_id = :work_id AND w.from_release < :release_id) AS is_known_work
FROM core.decision_input di
LEFT JOIN core.decision d ON d.work_id = di.work_id AND d.question_id = di.question_id AND d.to_release IS NULL
WHERE di.work_id = :work_id
  AND (d.question_version_id, d.rule_id, d.ballots_md5) IS DISTINCT FROM (di.question_version_id, :rule_id, di.ballots_md5)
ORDER BY di.question_id;

-- name: load_ballots
SELECT b.document_id, b.question_version_id, b.answerer_id, b.state, b.value, b.value_text, b.score, b.reason, b.context_sha256
FROM core.ballot b
JOIN ops.active_fingerprint af ON af.stage = 'answer' AND af.fingerprint_id = b.answerer_id
WHERE b.document_id = :document_id
ORDER BY b.question_version_id, b.answerer_id;

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
    probability, reason, rule_id, ballots_md5, cause, run_id)
VALUES (:work_id, :question_id, :release_id, :question_version_id, :document_id, :state, CAST(:value AS jsonb), :value_text,
    :probability, :reason, :rule_id, :ballots_md5, :cause, :run_id);

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
