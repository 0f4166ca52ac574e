-- name: desk_queue
-- What waits, most telling first, without anything that would tell a blind reader what was answered.
WITH waiting AS MATERIALIZED (SELECT work_id, paper, question_id, task, priority, information FROM out.review_queue)
SELECT q.work_id, q.paper, q.question_id, q.task, q.priority, c.question_key, c.question,
       (SELECT count(*) FROM waiting WHERE task = 'label') AS first_count,
       (SELECT count(*) FROM waiting WHERE task = 'second label') AS second_count,
       (SELECT count(*) FROM waiting WHERE task = 'adjudicate') AS disputed_count
FROM waiting q
JOIN out.catalogue c USING (question_id)
ORDER BY q.task = 'adjudicate', q.priority DESC, q.question_id, q.work_id LIMIT :row_limit;

-- name: desk_disputed
-- Cells where annotators disagree and nobody had the last word, with what each of them holds.
SELECT g.work_id, g.paper, g.question_id, c.question_key, c.question,
       (SELECT jsonb_agg(jsonb_build_object('annotator', a.annotator, 'label', a.label, 'value', a.value, 'comment', a.comment) ORDER BY a.annotator)
        FROM out.annotations a
        WHERE a.work_id = g.work_id AND a.question_id = g.question_id AND a.about_answerer IS NULL AND a.is_current) AS labels
FROM out.gold g
JOIN out.catalogue c USING (question_id)
WHERE g.basis = 'disputed'
ORDER BY g.question_id, g.paper, g.work_id LIMIT :row_limit;

-- name: desk_progress
SELECT count(*) AS labelled_count, count(*) FILTER (WHERE basis = 'single') AS single_count, count(*) FILTER (WHERE basis = 'agreed') AS agreed_count,
       count(*) FILTER (WHERE basis = 'disputed') AS disputed_count, count(*) FILTER (WHERE basis = 'adjudicated') AS adjudicated_count
FROM out.gold WHERE basis <> 'missing';

-- name: desk_people
SELECT annotator, count(*) AS label_count, count(*) FILTER (WHERE is_blind) AS blind_count,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds, max(labelled_at) AS last_labelled_at
FROM out.annotations WHERE about_answerer IS NULL AND is_current
GROUP BY annotator ORDER BY annotator LIMIT :row_limit;

-- name: desk_agreement
-- Every pair of annotators over all questions; for one person only, where one is given.
SELECT rater_a, rater_b, pair_count, label_count, yes_yes, yes_no, no_yes, no_no, raw_agreement, cohen_kappa, gwet_ac1, krippendorff_alpha, undefined_reason
FROM out.agreement
WHERE kind_a = 'annotator' AND kind_b = 'annotator' AND about_answerer IS NULL AND question_id IS NULL
  AND (CAST(:person AS text) IS NULL OR :person IN (rater_a, rater_b))
ORDER BY rater_a, rater_b LIMIT :row_limit;

-- name: desk_labels
-- What each annotator holds of one cell now.
SELECT annotation_id AS word_id, annotator, label, value, comment, is_blind, seconds, labelled_at
FROM out.annotations
WHERE work_id = :work_id AND question_id = :question_id AND about_answerer IS NULL AND is_current
ORDER BY annotator LIMIT 50;

-- name: desk_gold
SELECT basis, label, adjudicator FROM out.gold WHERE work_id = :work_id AND question_id = :question_id;

-- name: desk_last
-- The label that a person gave last and still holds: what one key takes back.
SELECT annotation_id AS word_id, work_id, paper, question_id, label FROM out.annotations
WHERE annotator = :person AND about_answerer IS NULL AND is_current AND source_name = 'review desk'
ORDER BY labelled_at DESC, annotation_id LIMIT 1;

-- name: desk_sign_offs
SELECT s.release_id, s.person, s.verdict, s.comment, s.disputed_count, s.conflicting_count, s.signed_at
FROM out.sign_offs s ORDER BY s.signed_at DESC, s.release_id DESC LIMIT :row_limit;

-- name: desk_release
SELECT release_id, published_at FROM out.releases ORDER BY release_id DESC LIMIT 1;
