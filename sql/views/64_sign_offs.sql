CREATE VIEW out.sign_offs AS
SELECT s.release_id, s.person, s.verdict, s.comment, s.disputed_count, s.conflicting_count, s.signed_at,
       s.signed_at = max(s.signed_at) OVER (PARTITION BY s.release_id) AS is_current
FROM core.sign_off s;
COMMENT ON VIEW out.sign_offs IS 'Who approved or rejected which release, and when. Grain: release × person × moment.';
COMMENT ON COLUMN out.sign_offs.release_id IS 'The release.';
COMMENT ON COLUMN out.sign_offs.person IS 'Who answered. Untrusted text.';
COMMENT ON COLUMN out.sign_offs.verdict IS 'approved or rejected.';
COMMENT ON COLUMN out.sign_offs.comment IS 'Why; NULL where not said. Untrusted text.';
COMMENT ON COLUMN out.sign_offs.disputed_count IS 'Cells on which annotators disagreed when the question was put.';
COMMENT ON COLUMN out.sign_offs.conflicting_count IS 'Answers of the release in the state conflicting.';
COMMENT ON COLUMN out.sign_offs.signed_at IS 'When they answered.';
COMMENT ON COLUMN out.sign_offs.is_current IS 'True for the newest verdict on the release.';
