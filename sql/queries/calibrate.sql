-- name: labelled_shares
-- Labels however they came to be: a share of votes stands on both sides of them, so choosing by it does no harm.
SELECT d.work_id, d.question_id, d.share, g.is_yes
FROM core.decision d
JOIN out.gold g USING (work_id, question_id)
WHERE d.to_release IS NULL AND d.share IS NOT NULL AND g.is_yes IS NOT NULL
ORDER BY d.question_id, d.work_id;

-- name: lock_calibrations
SELECT pg_advisory_xact_lock(hashtextextended('calibration', 0));

-- name: load_in_force
SELECT c.calibration_id, c.method, c.labels_md5 FROM core.calibration c JOIN core.current_calibration USING (calibration_id);

-- name: insert_calibration
INSERT INTO core.calibration (calibration_id, method, labels_md5, label_count)
VALUES (:calibration_id, :method, :labels_md5, :label_count);

-- name: load_curves
SELECT s.scope, s.label_count, s.yes_count, s.brier_raw, s.brier, p.share, p.label_count AS point_label_count,
       p.yes_count AS point_yes_count, p.probability
FROM core.current_calibration c
JOIN core.calibration_scope s USING (calibration_id)
JOIN core.calibration_point p USING (calibration_id, scope)
ORDER BY s.scope, p.share;

-- name: scopes_in_force
SELECT scope, label_count, yes_count, reason, brier_raw, brier FROM out.calibrations WHERE is_in_force
ORDER BY scope <> 'pooled', scope;
