CREATE VIEW out.review_queue AS
WITH said AS (
    -- One pass over all that was said of a cell: joins of aggregates would be planned blindly.
    SELECT work_id, question_id, is_yes, score, evidence_status = 'unsupported' AS is_unsupported,
           CAST(NULL AS real) AS probability, NULL AS decision_state, NULL AS basis FROM out.votes
    UNION ALL
    SELECT work_id, question_id, NULL, NULL, NULL, CASE WHEN voted_state = 'not_reported' THEN 1 - probability ELSE probability END, voted_state, NULL
    FROM core.decision WHERE to_release IS NULL
    UNION ALL
    SELECT work_id, question_id, NULL, NULL, NULL, NULL, NULL, basis FROM out.gold
), cell AS (
    SELECT work_id, question_id, count(*) FILTER (WHERE is_yes) AS yes_count, count(*) FILTER (WHERE NOT is_yes) AS no_count,
           max(score) FILTER (WHERE is_yes) AS score, coalesce(bool_or(is_unsupported), false) AS has_unsupported,
           max(probability) AS probability, max(decision_state) AS decision_state, max(basis) AS basis
    FROM said
    GROUP BY work_id, question_id
), label AS MATERIALIZED (
    SELECT coalesce(jsonb_object_agg(question_id, label_count), '{}') AS counts
    FROM (SELECT question_id, count(*) AS label_count FROM out.gold WHERE is_yes IS NOT NULL GROUP BY question_id) l
), ranked AS (
    -- OFFSET 0: each figure is worked out once a cell, however often it is named further up.
    SELECT c.*, d.p, d.label_count, i.information, i.weight
    FROM cell c
    CROSS JOIN LATERAL (
        SELECT coalesce(CAST((SELECT counts FROM label) ->> c.question_id AS bigint), 0) AS label_count,
               CASE WHEN c.probability IS NOT NULL THEN CAST(c.probability AS double precision)
                    WHEN c.decision_state = 'conflicting' THEN 0.5
                    WHEN c.yes_count + c.no_count = 1 AND c.score IS NOT NULL THEN CAST(c.score AS double precision)
                    ELSE CAST(c.yes_count + 0.5 AS double precision) / (c.yes_count + c.no_count + 1) END AS p
        OFFSET 0) d
    CROSS JOIN LATERAL (
        SELECT CASE WHEN d.p <= 0 OR d.p >= 1 THEN 0 ELSE -(d.p * ln(d.p) + (1 - d.p) * ln(1 - d.p)) / ln(2.0::double precision) END AS information,
               1 / sqrt(CAST(1 + d.label_count AS double precision)) AS weight
        OFFSET 0) i
    WHERE (c.basis IS NULL OR c.basis IN ('single', 'disputed', 'missing')) AND c.yes_count + c.no_count > 0
)
SELECT r.work_id, w.name AS paper, r.question_id, CASE WHEN r.basis = 'disputed' THEN 'adjudicate' WHEN r.basis = 'single' THEN 'second label' ELSE 'label' END AS task,
       r.p AS probability, r.yes_count, r.no_count, r.decision_state, r.has_unsupported, r.label_count, r.information, r.weight,
       CASE WHEN r.basis = 'disputed' THEN 1 ELSE r.information END * r.weight AS priority
FROM ranked r
JOIN core.work w USING (work_id)
ORDER BY priority DESC, r.question_id, r.work_id;
COMMENT ON VIEW out.review_queue IS 'What a person should look at next, most informative first; labels given from it are of sample chosen. Grain: work × question without a settled label.';
COMMENT ON COLUMN out.review_queue.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.review_queue.paper IS 'Name of the work here. Untrusted text.';
COMMENT ON COLUMN out.review_queue.question_id IS 'The question.';
COMMENT ON COLUMN out.review_queue.task IS 'label, second label (by another person, blind), or adjudicate (annotators disagree).';
COMMENT ON COLUMN out.review_queue.probability IS 'That the answer is yes, 0..1: the decision''s where calibrated, 0.5 where conflicting, else from votes (Jeffreys) or a single voter''s score.';
COMMENT ON COLUMN out.review_queue.yes_count IS 'Votes for yes.';
COMMENT ON COLUMN out.review_queue.no_count IS 'Votes for no.';
COMMENT ON COLUMN out.review_queue.decision_state IS 'State that the votes gave the standing decision; NULL where there is none.';
COMMENT ON COLUMN out.review_queue.has_unsupported IS 'True where an answer''s words do not stand in the paper.';
COMMENT ON COLUMN out.review_queue.label_count IS 'Labels this question has already.';
COMMENT ON COLUMN out.review_queue.information IS 'What the label would tell, in bits, 0..1: entropy of the probability.';
COMMENT ON COLUMN out.review_queue.weight IS 'What a label adds to the question''s estimate: 1 / sqrt(1 + label_count).';
COMMENT ON COLUMN out.review_queue.priority IS 'information × weight (1 × weight where annotators disagree); the order of the queue.';
