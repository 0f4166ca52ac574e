-- name: paper_work
SELECT w.work_id, w.paper, w.title, w.doi, w.year, w.venue, w.first_seen_at, p.link, p.integrity_status, p.integrity_date
FROM out.works w LEFT JOIN out.papers p USING (work_id) WHERE w.work_id = :work_id;

-- name: paper_versions
SELECT sha256, version, media_type, is_canonical, licence_spdx, licence_raw, licence_source, oa_status, tdm_basis, tdm_reserved,
       quote_limit, policy, url, byte_count, fetched_at
FROM out.versions WHERE work_id = :work_id ORDER BY is_canonical DESC, fetched_at DESC LIMIT 50;

-- name: paper_readings
SELECT document_id, parser, status, code, detail, title, text_layer, page_count, body_char_count, heading_count, reference_count,
       stopword_ratio, hidden_char_count, noise_char_count, parsed_at, sha256, media_type, is_current
FROM out.readings WHERE work_id = :work_id ORDER BY is_current DESC, parsed_at DESC LIMIT 50;

-- name: paper_sections
SELECT section_index, section, kind, zone, block_count, char_count, first_page FROM out.sections
WHERE document_id = :document_id ORDER BY section_index LIMIT 300;

-- name: paper_answers
SELECT a.question_id, a.question_key, a.question, a.state, a.value, a.probability, a.reason, a.section, a.page, a.quote
FROM out.answers a WHERE a.work_id = :work_id ORDER BY a.question_id;

-- name: paper_sightings
SELECT run_id, source, locator, outcome, final_outcome, code, detail FROM out.sightings
WHERE work_id = :work_id ORDER BY run_id DESC LIMIT 50;

-- name: paper_ballots
SELECT b.answerer, b.state, count(*) AS ballot_count, count(*) FILTER (WHERE b.is_carried) AS carried_count, max(b.run_id) AS run_id,
       max(b.cast_at) AS last_cast_at
FROM out.ballots b WHERE b.work_id = :work_id GROUP BY b.answerer, b.state ORDER BY b.answerer, b.state;

-- name: paper_changes
SELECT release_id, cause, new_state, count(*) AS decision_count FROM out.changes
WHERE work_id = :work_id GROUP BY release_id, cause, new_state ORDER BY release_id DESC, cause, new_state LIMIT 100;

-- name: paper_failures
SELECT run_id, stage, code, detail, next_step, attempt, is_exclusion, failed_at FROM out.failures
WHERE work_id = :work_id ORDER BY failure_id DESC LIMIT 50;

-- name: paper_waiting
SELECT stage, state, attempt FROM out.waiting WHERE work_id = :work_id ORDER BY stage;
