-- Who stood up for a release; nothing waits for it.
CREATE TABLE core.sign_off (
    release_id integer NOT NULL REFERENCES core.release,
    person text NOT NULL CHECK (person <> ''),
    signed_at timestamptz NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('approved', 'rejected')),
    comment text,
    disputed_count integer NOT NULL CHECK (disputed_count >= 0),
    conflicting_count integer NOT NULL CHECK (conflicting_count >= 0),
    PRIMARY KEY (release_id, person, signed_at)
);
COMMENT ON TABLE core.sign_off IS 'publish: what a person said of a release after it was published; the newest verdict holds, and no release waits for one. Grain: release × person × moment.';
COMMENT ON COLUMN core.sign_off.release_id IS 'The release.';
COMMENT ON COLUMN core.sign_off.person IS 'Who answered, by the name they sign in with.';
COMMENT ON COLUMN core.sign_off.signed_at IS 'When they answered.';
COMMENT ON COLUMN core.sign_off.verdict IS 'approved or rejected.';
COMMENT ON COLUMN core.sign_off.comment IS 'Why; NULL where not said. Untrusted text.';
COMMENT ON COLUMN core.sign_off.disputed_count IS 'Cells on which annotators disagreed when the question was put.';
COMMENT ON COLUMN core.sign_off.conflicting_count IS 'Answers of the release in the state conflicting.';
