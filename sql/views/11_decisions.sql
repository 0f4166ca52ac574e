CREATE VIEW out.decisions AS
SELECT d.work_id, w.name AS paper, d.question_id, qv.version AS question_version, d.state,
       -- A short text is a sentence of the paper, so it is cut as a quote is.
       CASE WHEN qv.answer_type = 'short_text'
            THEN left(d.value_text, (SELECT q.view_chars FROM core.quote_right q WHERE q.document_id = d.document_id))
            ELSE d.value_text END AS value, d.reason,
       d.voted_state, d.share, CAST(cardinality(d.voters) AS integer) AS voter_count,
       ARRAY(SELECT f.name FROM core.fingerprint f WHERE f.fingerprint_id = ANY (d.voters) ORDER BY f.name) AS voters,
       ARRAY(SELECT f.name FROM core.decision_support s JOIN core.fingerprint f ON f.fingerprint_id = s.answerer_id
             WHERE s.work_id = d.work_id AND s.question_id = d.question_id AND s.from_release = d.from_release ORDER BY f.name) AS supporters,
       d.probability,
       CASE WHEN d.probability IS NOT NULL THEN NULL
            WHEN d.gold_basis IS NOT NULL AND d.gold_label NOT IN ('partly', 'unclear') THEN 'people settled it'
            WHEN d.share IS NULL THEN 'nobody said yes or no'
            WHEN d.calibration_id IS NULL THEN 'not calibrated: no calibration had been made'
            WHEN d.state NOT IN ('answered', 'not_reported', 'conflicting') THEN 'no state that people label yes or no'
            ELSE 'not calibrated: ' || coalesce((SELECT s.reason FROM core.calibration_scope s
                 WHERE s.calibration_id = d.calibration_id AND s.scope = 'pooled'), 'no labels') END AS probability_reason,
       d.calibration_id, d.calibration_scope,
       (SELECT s.label_count FROM core.calibration_scope s
        WHERE s.calibration_id = d.calibration_id AND s.scope = d.calibration_scope) AS calibration_labels,
       d.gold_label, d.gold_basis, d.state <> d.voted_state AS is_overruled, d.is_retracted,
       r.name AS rule, d.cause, d.from_release AS since_release, t.release_id AS until_release,
       f.published_at AS valid_from, t.published_at AS valid_to, d.decided_at
FROM core.decision d
-- A decision that no release has shown yet has no row here, and an end that none has shown no date.
JOIN core.release f ON f.release_id = d.from_release
LEFT JOIN core.release t ON t.release_id = d.to_release
JOIN core.work w USING (work_id)
JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint r ON r.fingerprint_id = d.rule_id;
COMMENT ON VIEW out.decisions IS 'How each answer came about and how long it held: votes, calibration, people, rule and cause. Grain: work × question × first release.';
COMMENT ON COLUMN out.decisions.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.decisions.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.decisions.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.decisions.question_version IS 'The version that was asked.';
COMMENT ON COLUMN out.decisions.state IS 'answered, not_reported, not_applicable, unreadable, failed or conflicting.';
COMMENT ON COLUMN out.decisions.value IS 'The value in one line; of a conflict the candidates.';
COMMENT ON COLUMN out.decisions.reason IS 'Why there is no answer; NULL when answered.';
COMMENT ON COLUMN out.decisions.voted_state IS 'The state that the votes alone gave; differs only where people overruled them.';
COMMENT ON COLUMN out.decisions.share IS 'Share of yes among the votes for yes or no, 0..1: raw, not a probability; NULL where nobody said either.';
COMMENT ON COLUMN out.decisions.voter_count IS 'Answerers that were heard, other systems among them.';
COMMENT ON COLUMN out.decisions.voters IS 'Their names.';
COMMENT ON COLUMN out.decisions.supporters IS 'Names of those whose ballots carry the answer.';
COMMENT ON COLUMN out.decisions.probability IS 'That the voters'' state is right, 0..1, calibrated on labels; NULL with a reason.';
COMMENT ON COLUMN out.decisions.probability_reason IS 'Why there is no probability; NULL where there is one.';
COMMENT ON COLUMN out.decisions.calibration_id IS 'The calibration in force when it was decided; NULL before the first.';
COMMENT ON COLUMN out.decisions.calibration_scope IS 'Its curve that gave the probability: a question id or pooled.';
COMMENT ON COLUMN out.decisions.calibration_labels IS 'Labels that this curve was made of.';
COMMENT ON COLUMN out.decisions.gold_label IS 'What people settled on; NULL where they have not.';
COMMENT ON COLUMN out.decisions.gold_basis IS 'adjudicated, or agreed by two or more.';
COMMENT ON COLUMN out.decisions.is_overruled IS 'True where people changed the state that the votes gave.';
COMMENT ON COLUMN out.decisions.is_retracted IS 'True where the paper was known to be retracted.';
COMMENT ON COLUMN out.decisions.rule IS 'Name and version of how votes are counted; the question''s own rule is part of its version.';
COMMENT ON COLUMN out.decisions.cause IS 'What made it differ from the one before; as in out.changes.';
COMMENT ON COLUMN out.decisions.since_release IS 'First release with this decision.';
COMMENT ON COLUMN out.decisions.until_release IS 'First release without it; NULL while it holds.';
COMMENT ON COLUMN out.decisions.valid_from IS 'When analysts began to see it.';
COMMENT ON COLUMN out.decisions.valid_to IS 'When they ceased to see it; NULL while it holds.';
COMMENT ON COLUMN out.decisions.decided_at IS 'When it was decided, at or before valid_from.';

CREATE VIEW out.calibrations AS
SELECT c.calibration_id, c.calibration_id IS NOT DISTINCT FROM (SELECT calibration_id FROM core.current_calibration) AS is_in_force,
       s.scope, s.label_count, s.yes_count, s.reason, s.brier_raw, s.brier,
       (SELECT jsonb_agg(jsonb_build_array(p.share, p.probability, p.label_count) ORDER BY p.share) FROM core.calibration_point p
        WHERE p.calibration_id = s.calibration_id AND p.scope = s.scope) AS points,
       c.method, c.labels_md5, c.made_at
FROM core.calibration c
JOIN core.calibration_scope s USING (calibration_id);
COMMENT ON VIEW out.calibrations IS 'How shares of votes became probabilities, and where there were too few labels for it. Grain: calibration × scope (a question, or pooled).';
COMMENT ON COLUMN out.calibrations.calibration_id IS 'As in out.decisions.';
COMMENT ON COLUMN out.calibrations.is_in_force IS 'True for the newest.';
COMMENT ON COLUMN out.calibrations.scope IS 'Id of a question, or pooled.';
COMMENT ON COLUMN out.calibrations.label_count IS 'Labels of this scope.';
COMMENT ON COLUMN out.calibrations.yes_count IS 'Of those, yes.';
COMMENT ON COLUMN out.calibrations.reason IS 'Why it has no curve; NULL where it has one.';
COMMENT ON COLUMN out.calibrations.brier_raw IS 'Mean squared error of the bare share.';
COMMENT ON COLUMN out.calibrations.brier IS 'The same of the curve, on labels it was not fitted to.';
COMMENT ON COLUMN out.calibrations.points IS 'JSON array of [share, probability, labels]; NULL without a curve.';
COMMENT ON COLUMN out.calibrations.method IS 'Method with its version.';
COMMENT ON COLUMN out.calibrations.labels_md5 IS 'Hash of the labels used; they are kept.';
COMMENT ON COLUMN out.calibrations.made_at IS 'When it was made.';
