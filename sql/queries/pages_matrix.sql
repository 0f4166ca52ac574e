-- name: matrix_works
-- One screen of works in the order of their names, after the last one of the screen before.
SELECT w.work_id, w.paper, w.title, w.doi, w.year
FROM out.find_works(search => CAST(:search AS text), corpus => CAST(:corpus AS text),
                    year_from => CAST(:year_from AS integer), year_to => CAST(:year_to AS integer),
                    question => CAST(:question AS text), state => CAST(:state AS text),
                    disagreement => CAST(:disagreement AS boolean),
                    probability_below => CAST(:probability_below AS real)) w
WHERE CAST(:after_paper AS text) IS NULL
   OR (w.paper, w.work_id) > (CAST(:after_paper AS text), CAST(:after_work AS bigint))
ORDER BY w.paper, w.work_id LIMIT :row_limit;

-- name: matrix_after
SELECT paper FROM out.works WHERE work_id = :work_id;

-- name: matrix_cells
-- No value is shown longer than this; the answer page has it whole.
SELECT c.work_id, c.question_id, c.state, left(c.value, 90) AS value, c.probability, c.is_disputed
FROM out.cells c WHERE c.work_id = ANY(CAST(:work_ids AS bigint[]));

-- name: matrix_questions
SELECT c.question_id, c.question_key, c.question FROM out.catalogue c WHERE c.retired_at IS NULL ORDER BY c.question_id;

-- name: matrix_states
-- All answers of the current release by question and state.
SELECT s.question_id, s.state, s.decision_count FROM out.release_states s
WHERE s.release_id = (SELECT max(release_id) FROM out.releases);

-- name: matrix_sources
SELECT source FROM out.sources ORDER BY source LIMIT 100;

-- name: matrix_release
SELECT release_id, run_id, changed_count, decision_count, published_at FROM out.releases ORDER BY release_id DESC LIMIT 1;

-- name: matrix_view
-- The same view whole: one row a cell, for analysts and for the file to take away.
SELECT w.paper, w.title, w.doi, w.year, a.question_id, a.question_key, a.state, a.value, a.probability, a.quote, a.section, a.page
FROM out.find_works(search => CAST(:search AS text), corpus => CAST(:corpus AS text),
                    year_from => CAST(:year_from AS integer), year_to => CAST(:year_to AS integer),
                    question => CAST(:question AS text), state => CAST(:state AS text),
                    disagreement => CAST(:disagreement AS boolean),
                    probability_below => CAST(:probability_below AS real)) w
JOIN out.answers a USING (work_id)
ORDER BY w.paper, w.work_id, a.question_id;
