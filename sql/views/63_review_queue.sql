CREATE VIEW out.doubts AS
SELECT work_id, question_id, question_version_id, document_id, voted_state, share, cardinality(voters) AS voter_count, yes_probability,
       (CASE WHEN yes_probability <= 0 OR yes_probability >= 1 THEN 0
            ELSE -(yes_probability * ln(yes_probability) + (1 - yes_probability) * ln(1 - yes_probability)) / ln(2.0::double precision) END) AS information
FROM core.decision
WHERE to_release IS NULL AND yes_probability IS NOT NULL;
COMMENT ON VIEW out.doubts IS 'How far the votes leave each standing answer in doubt, labelled or not. Grain: work × question on which any vote was yes or no.';
COMMENT ON COLUMN out.doubts.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.doubts.question_id IS 'The question.';
COMMENT ON COLUMN out.doubts.question_version_id IS 'The version that was asked.';
COMMENT ON COLUMN out.doubts.document_id IS 'The reading that was asked.';
COMMENT ON COLUMN out.doubts.voted_state IS 'State that the votes gave.';
COMMENT ON COLUMN out.doubts.share IS 'Weight of yes among the votes for yes or no, 0..1.';
COMMENT ON COLUMN out.doubts.voter_count IS 'Answerers that were heard, other systems among them.';
COMMENT ON COLUMN out.doubts.yes_probability IS 'That people would say yes, 0..1: by the calibration, 0.5 of a conflict, the score of a single vote, else (yes + 0.5) / (votes + 1).';
COMMENT ON COLUMN out.doubts.information IS 'What a label would tell, in bits, 0..1: entropy of that probability.';

CREATE VIEW out.review_queue AS
WITH gold AS MATERIALIZED (
    SELECT work_id, question_id, basis, is_yes FROM out.gold
), label AS (
    SELECT question_id, count(*) AS label_count FROM gold WHERE is_yes IS NOT NULL GROUP BY question_id
), other AS (
    SELECT work_id, question_id, CAST(count(*) FILTER (WHERE is_yes) AS double precision) AS yes_count,
           CAST(count(is_yes) AS integer) AS voter_count, coalesce(bool_or(evidence_status = 'unsupported'), false) AS has_unsupported
    FROM core.foreign_vote GROUP BY work_id, question_id
), cell AS (
    SELECT work_id, question_id, voted_state, share, voter_count, yes_probability, information FROM out.doubts
    UNION ALL
    -- Papers that only other systems have read.
    SELECT o.work_id, o.question_id, NULL, CAST(o.yes_count / o.voter_count AS real), o.voter_count, p.yes,
           -(p.yes * ln(p.yes) + (1 - p.yes) * ln(1 - p.yes)) / ln(2.0::double precision)
    FROM other o CROSS JOIN LATERAL (SELECT (o.yes_count + 0.5) / (o.voter_count + 1) AS yes) p
    WHERE o.voter_count > 0 AND NOT EXISTS (SELECT FROM out.doubts d WHERE d.work_id = o.work_id AND d.question_id = o.question_id)
)
SELECT c.work_id, w.name AS paper, c.question_id, CASE WHEN g.basis = 'disputed' THEN 'adjudicate' WHEN g.basis = 'single' THEN 'second label' ELSE 'label' END AS task,
       c.yes_probability AS probability, c.share, c.voter_count, c.voted_state AS decision_state, coalesce(o.has_unsupported, false) AS has_unsupported,
       coalesce(l.label_count, 0) AS label_count, c.information, 1 / sqrt(CAST(1 + coalesce(l.label_count, 0) AS double precision)) AS weight,
       CASE WHEN g.basis = 'disputed' THEN 1 ELSE c.information END / sqrt(CAST(1 + coalesce(l.label_count, 0) AS double precision)) AS priority
FROM cell c
JOIN core.work w USING (work_id)
LEFT JOIN gold g USING (work_id, question_id)
LEFT JOIN label l USING (question_id)
LEFT JOIN other o USING (work_id, question_id)
WHERE g.basis IS NULL OR g.basis IN ('single', 'disputed', 'missing')
ORDER BY priority DESC, c.question_id, c.work_id;
COMMENT ON VIEW out.review_queue IS 'What a person should look at next, most informative first; labels given from it are of sample chosen. Grain: work × question without a settled label.';
COMMENT ON COLUMN out.review_queue.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.review_queue.paper IS 'Name of the work here. Untrusted text.';
COMMENT ON COLUMN out.review_queue.question_id IS 'The question.';
COMMENT ON COLUMN out.review_queue.task IS 'label, second label (by another person, blind), or adjudicate (annotators disagree).';
COMMENT ON COLUMN out.review_queue.probability IS 'That people would say yes, 0..1; see out.doubts.';
COMMENT ON COLUMN out.review_queue.share IS 'Weight of yes among the votes for yes or no, 0..1.';
COMMENT ON COLUMN out.review_queue.voter_count IS 'Answerers that were heard, other systems among them.';
COMMENT ON COLUMN out.review_queue.decision_state IS 'State that the votes gave the standing decision; NULL where there is none.';
COMMENT ON COLUMN out.review_queue.has_unsupported IS 'True where an answer''s words do not stand in the paper.';
COMMENT ON COLUMN out.review_queue.label_count IS 'Labels this question has already.';
COMMENT ON COLUMN out.review_queue.information IS 'What the label would tell, in bits, 0..1: entropy of the probability.';
COMMENT ON COLUMN out.review_queue.weight IS 'What a label adds to the question''s estimate: 1 / sqrt(1 + label_count).';
COMMENT ON COLUMN out.review_queue.priority IS 'information × weight (1 × weight where annotators disagree); the order of the queue.';
