-- name: upsert_question
INSERT INTO core.question (question_id, catalogue) VALUES (:question_id, :catalogue)
ON CONFLICT (question_id) DO NOTHING;

-- name: insert_version
INSERT INTO core.question_version (question_version_id, question_id, version, key, text, answer_type, section_prior, cues, spec)
VALUES (:question_version_id, :question_id, :version, :key, :text, :answer_type,
        CAST(:section_prior AS jsonb), CAST(:cues AS text[]), CAST(:spec AS jsonb))
ON CONFLICT (question_version_id) DO NOTHING
RETURNING question_version_id;

-- name: point_question
UPDATE core.question SET current_version_id = :question_version_id, catalogue = :catalogue, retired_at = NULL
WHERE question_id = :question_id
  AND (current_version_id IS DISTINCT FROM :question_version_id OR retired_at IS NOT NULL OR catalogue <> :catalogue)
RETURNING question_id;

-- name: retire_questions
UPDATE core.question SET retired_at = clock_timestamp(), current_version_id = NULL
WHERE catalogue = :catalogue AND retired_at IS NULL AND question_id <> ALL (CAST(:keep AS text[]))
RETURNING question_id;

-- name: golden_passes
SELECT check_sha256 FROM core.golden_pass WHERE check_sha256 = ANY (CAST(:checks AS text[]));

-- name: insert_golden_pass
INSERT INTO core.golden_pass (question_version_id, check_sha256, cell_count)
VALUES (:question_version_id, :check_sha256, :cell_count)
ON CONFLICT DO NOTHING;
