-- name: question_list
SELECT question_id, question_key, version, question, answer_type FROM out.catalogue WHERE retired_at IS NULL ORDER BY question_id;

-- name: question_states
-- Of all releases, oldest first; drift is what changes from one to the next.
SELECT s.release_id, s.state, s.decision_count, r.published_at
FROM out.release_states s JOIN out.releases r USING (release_id)
WHERE s.question_id = :question_id AND s.release_id > (SELECT coalesce(max(release_id), 0) FROM out.releases) - 60
ORDER BY s.release_id, s.state;

-- name: question_versions
SELECT version, question_key, question, answer_type, cues, loaded_at, is_in_force FROM out.question_versions
WHERE question_id = :question_id ORDER BY version DESC, loaded_at DESC LIMIT 50;

-- name: question_names
-- The names found most often.
SELECT e.name, count(DISTINCT e.work_id) AS work_count FROM out.entities e
WHERE e.question_id = :question_id GROUP BY e.name ORDER BY count(DISTINCT e.work_id) DESC, e.name LIMIT 15;

-- name: question_agreement
SELECT a.kind_a, a.rater_a, a.kind_b, a.rater_b, a.pair_count, a.label_count, a.raw_agreement, a.cohen_kappa, a.gwet_ac1,
       a.krippendorff_alpha, a.undefined_reason
FROM out.agreement a WHERE a.question_id = :question_id ORDER BY a.kind_a, a.rater_a, a.kind_b, a.rater_b LIMIT 60;

-- name: question_prevalence
SELECT p.rater_kind, p.rater, p.answered_count, p.yes_count, p.raw_share, p.raw_low, p.raw_high, p.label_count,
       p.corrected_share, p.corrected_low, p.corrected_high, p.correction_reason, p.design
FROM out.prevalence p WHERE p.question_id = :question_id AND p.year IS NULL ORDER BY p.rater_kind, p.rater LIMIT 60;

-- name: question_changes
SELECT c.release_id, c.cause, c.old_state, c.new_state, count(*) AS cell_count FROM out.changes c
WHERE c.question_id = :question_id AND c.cause <> 'new_paper'
GROUP BY c.release_id, c.cause, c.old_state, c.new_state
ORDER BY c.release_id DESC, count(*) DESC LIMIT 60;

-- name: question_stamp
-- What the counts over all papers rest on; equal stamps, equal counts.
SELECT (SELECT max(release_id) FROM out.releases) AS release_id,
       (SELECT count(*) FROM out.annotations) AS label_count;
