-- name: release_to_sign
-- The release analysts see, with what a person should know of it before they sign.
SELECT r.release_id, r.published_at, r.changed_count, r.decision_count,
       (SELECT count(*) FROM core.decision d WHERE d.state = 'conflicting' AND d.from_release <= r.release_id
               AND (d.to_release IS NULL OR d.to_release > r.release_id)) AS conflicting_count,
       (SELECT count(*) FROM out.gold WHERE basis = 'disputed') AS disputed_count,
       (SELECT count(*) FROM out.gold WHERE basis <> 'missing') AS labelled_count,
       EXISTS (SELECT FROM core.sign_off s WHERE s.release_id = r.release_id) AS is_signed
FROM core.release r ORDER BY r.release_id DESC LIMIT 1;

-- name: sign_release
-- A verdict told twice is one row.
INSERT INTO core.sign_off (release_id, person, signed_at, verdict, comment, disputed_count, conflicting_count)
VALUES (:release_id, :person, :signed_at, :verdict, :comment, :disputed_count, :conflicting_count)
ON CONFLICT (release_id, person, signed_at) DO NOTHING;
