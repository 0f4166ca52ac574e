-- name: answer_decision
SELECT a.work_id, a.paper, a.title, a.question_id, a.question_key, a.question, a.question_version, a.answer_type, a.state,
       a.value, a.value_json, a.probability, a.reason, a.cause, a.document_id, a.since_release
FROM out.answers a WHERE a.work_id = :work_id AND a.question_id = :question_id;

-- name: answer_work
SELECT w.work_id, w.paper, w.title, w.doi, w.year, w.venue, p.link, p.integrity_status, p.integrity_date
FROM out.works w LEFT JOIN out.papers p USING (work_id) WHERE w.work_id = :work_id;

-- name: answer_question
SELECT question_id, question_key, version, question, answer_type, retired_at FROM out.catalogue WHERE question_id = :question_id;

-- name: answer_reading
SELECT page_count, media_type, page_withheld FROM out.readings WHERE document_id = :document_id;

-- name: answer_history
SELECT h.since_release, h.until_release, h.valid_from, h.valid_to, h.state, h.value, h.probability, h.cause, h.reason, h.question_version
FROM out.answers_history h WHERE h.work_id = :work_id AND h.question_id = :question_id ORDER BY h.since_release DESC LIMIT 50;

-- name: answer_ballots
-- Newest reading first; a ballot of an older wording or reading is told apart by its version and reading.
SELECT b.document_id, b.question_version, b.answerer, b.state, b.value, b.score, b.reason, b.is_carried, b.run_id, b.cast_at,
       g.model, g.call_count, g.prompt_tokens, g.cached_tokens, g.completion_tokens, g.latency_seconds, g.finish_reason, g.suspect_count
FROM out.ballots b
LEFT JOIN out.generations g ON g.document_id = b.document_id AND g.question_id = b.question_id
    AND g.question_version = b.question_version AND g.answerer = b.answerer
WHERE b.work_id = :work_id AND b.question_id = :question_id
ORDER BY b.cast_at DESC, b.answerer LIMIT 50;

-- name: answer_foreign
SELECT f.answerer, f.form, f.state, f.state_basis, f.raw_answer, f.reason, f.evidence_status, f.source_name, f.line, f.imported_at
FROM out.foreign_answers f WHERE f.work_id = :work_id AND f.question_id = :question_id ORDER BY f.answerer, f.form LIMIT 50;

-- name: answer_evidence
SELECT e.document_id, e.question_version, e.answerer, e.evidence_rank, e.quote, e.section, e.page, e.boxes, e.match_kind,
       e.quote_cut, e.text_before, e.text_after
FROM out.ballot_evidence e
WHERE e.work_id = :work_id AND e.question_id = :question_id AND e.document_id = :document_id AND e.question_version = :question_version
ORDER BY e.answerer, e.evidence_rank LIMIT 200;

-- name: answer_passages
SELECT p.answerer, p.passage_rank, p.score, p.cosine, p.methods, p.section, p.page
FROM out.passages p
WHERE p.work_id = :work_id AND p.question_id = :question_id AND p.document_id = :document_id AND p.question_version = :question_version
ORDER BY p.answerer, p.passage_rank LIMIT 100;

-- name: answer_labels
SELECT a.annotator, a.label, a.value, a.comment, a.is_blind, a.labelled_at, a.about_answerer
FROM out.annotations a WHERE a.work_id = :work_id AND a.question_id = :question_id AND a.is_current
ORDER BY a.annotator LIMIT 50;

-- name: answer_neighbours
-- The questions before and after this one, to walk along the row.
SELECT max(question_id) FILTER (WHERE question_id < :question_id) AS previous, min(question_id) FILTER (WHERE question_id > :question_id) AS following
FROM out.catalogue WHERE retired_at IS NULL;

-- name: answer_page
-- The bytes a page image is drawn from, and what stands marked on the page: nothing but proof of this cell.
SELECT r.store_path, r.sha256, r.media_type, r.page_count, e.boxes
FROM out.readings r
LEFT JOIN out.ballot_evidence e ON e.document_id = r.document_id AND e.question_id = :question_id AND e.page IS NOT NULL
    AND (CAST(:question_version AS integer) IS NULL OR e.question_version = :question_version)
WHERE r.document_id = :document_id AND r.page_withheld IS NULL;
