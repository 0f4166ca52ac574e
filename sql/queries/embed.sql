-- name: insert_chunk_set
-- Says at once what is still to be written below it.
WITH added AS (
    INSERT INTO core.chunk_set (chunk_set_id, document_id, chunker_id, chunk_count, near_duplicate_count, run_id)
    VALUES (:chunk_set_id, :document_id, :chunker_id, :chunk_count, :near_duplicate_count, :run_id)
    ON CONFLICT (chunk_set_id) DO NOTHING
    RETURNING chunk_set_id
)
SELECT EXISTS (SELECT FROM added) AS is_new,
       EXISTS (SELECT FROM core.embedding
               WHERE chunk_set_id = :chunk_set_id AND space_id = :space_id AND chunk_index = 0) AS has_vectors;

-- name: weigh_words
SELECT core.weigh_words(:chunk_set_id);

-- name: load_chunk_set
SELECT cs.chunk_set_id, cs.document_id, cs.near_duplicate_count, f.fingerprint_id, f.stage, f.name, f.sha256, f.recipe
FROM core.chunk_set cs JOIN core.fingerprint f ON f.fingerprint_id = cs.chunker_id
WHERE cs.document_id = :document_id AND cs.chunker_id = :chunker_id;

-- name: load_chunks
SELECT chunk_index, section_index, kind, first_sentence, last_sentence, text, prefix, token_count, is_oversize,
    is_suspect
FROM core.chunk WHERE chunk_set_id = :chunk_set_id ORDER BY chunk_index;

-- name: missing_question_vectors
SELECT q.question_version_id
FROM core.current_question q
WHERE NOT EXISTS (SELECT FROM core.question_vector v
                  WHERE v.question_version_id = q.question_version_id AND v.space_id = :space_id)
ORDER BY q.question_id;

-- name: insert_question_vector
INSERT INTO core.question_vector (question_version_id, space_id, vector)
VALUES (:question_version_id, :space_id, CAST(:vector AS vector))
ON CONFLICT DO NOTHING;

-- name: load_question_vectors
SELECT question_version_id, CAST(vector AS real[]) AS vector
FROM core.question_vector
WHERE space_id = :space_id AND question_version_id = ANY (CAST(:ids AS bigint[]));
