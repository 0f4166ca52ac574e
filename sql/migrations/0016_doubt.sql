-- What people should look at next is read from an index, not worked out of all votes.
ALTER TABLE core.decision ADD COLUMN yes_probability double precision CHECK (yes_probability BETWEEN 0 AND 1);
COMMENT ON COLUMN core.decision.yes_probability IS 'That people would say yes, 0..1: by the calibration, 0.5 of a conflict, the score of a single vote, else (yes + 0.5) / (votes + 1); NULL where nobody said yes or no.';
-- A single vote's own score was not kept with its decision: until it is decided anew it counts as a vote.
UPDATE core.decision SET yes_probability =
    CASE WHEN probability IS NOT NULL THEN CASE WHEN voted_state = 'not_reported' THEN 1 - CAST(probability AS double precision) ELSE probability END
         WHEN voted_state = 'conflicting' THEN 0.5
         ELSE (CAST(share AS double precision) * cardinality(voters) + 0.5) / (cardinality(voters) + 1) END
WHERE share IS NOT NULL;
-- The desk asks for the least certain answers of a question first.
CREATE INDEX decision_doubt_idx ON core.decision (question_id, (CASE WHEN yes_probability <= 0 OR yes_probability >= 1 THEN 0
     ELSE -(yes_probability * ln(yes_probability) + (1 - yes_probability) * ln(1 - yes_probability)) / ln(2.0::double precision) END) DESC, work_id)
    WHERE to_release IS NULL AND yes_probability IS NOT NULL;
