-- name: waiting_cells
-- What a person should label next, most telling first: of each question the least certain by the index, and what is labelled
-- but not settled. Cells the person has labelled are left out; without a person, none.
WITH gold AS MATERIALIZED (
    SELECT work_id, question_id, basis, is_yes FROM out.gold
), own AS MATERIALIZED (
    SELECT work_id, question_id FROM out.annotations WHERE annotator = CAST(:person AS text) AND about_answerer IS NULL AND is_current
    UNION ALL
    SELECT s.work_id, s.question_id FROM unnest(CAST(:skipped_works AS bigint[]), CAST(:skipped_questions AS text[])) s (work_id, question_id)
), asked AS (
    SELECT c.question_id, 1 / sqrt(CAST(1 + (SELECT count(*) FROM gold g WHERE g.question_id = c.question_id AND g.is_yes IS NOT NULL) AS double precision)) AS weight
    FROM out.catalogue c
    WHERE c.retired_at IS NULL AND (CAST(:question_id AS text) IS NULL OR c.question_id = :question_id)
), waiting AS (
    SELECT d.work_id, d.question_id, 'label' AS task, d.information * a.weight AS priority, d.document_id, d.yes_probability, d.voted_state, d.share, d.voter_count
    FROM asked a CROSS JOIN LATERAL (
        SELECT x.* FROM out.doubts x
        WHERE x.question_id = a.question_id
          AND (x.work_id, x.question_id) NOT IN (SELECT g.work_id, g.question_id FROM gold g)
          AND (x.work_id, x.question_id) NOT IN (SELECT o.work_id, o.question_id FROM own o)
        ORDER BY x.information DESC, x.work_id LIMIT :row_limit) d
    UNION ALL
    SELECT d.work_id, d.question_id, CASE g.basis WHEN 'disputed' THEN 'adjudicate' WHEN 'single' THEN 'second label' ELSE 'label' END,
           CASE g.basis WHEN 'disputed' THEN 1 ELSE d.information END * a.weight, d.document_id, d.yes_probability, d.voted_state, d.share, d.voter_count
    FROM gold g JOIN asked a USING (question_id) JOIN out.doubts d USING (work_id, question_id)
    WHERE (g.basis IN ('single', 'missing') OR g.basis = 'disputed' AND CAST(:may_adjudicate AS boolean))
      AND (d.work_id, d.question_id) NOT IN (SELECT o.work_id, o.question_id FROM own o)
)
SELECT q.work_id, w.paper, coalesce(w.title, '') AS title, q.document_id, q.question_id, c.question_key, c.question, c.answer_type, q.task, q.priority,
       q.yes_probability AS probability, q.voted_state AS decision_state, q.share, q.voter_count
FROM (SELECT * FROM waiting ORDER BY priority DESC, question_id, work_id LIMIT :row_limit) q
JOIN out.works w USING (work_id)
JOIN out.catalogue c USING (question_id)
ORDER BY q.priority DESC, q.question_id, q.work_id;

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
