-- Counts of each release, so that a page about a hundred thousand papers need not count them.
CREATE TABLE core.release_state (
    release_id integer NOT NULL REFERENCES core.release,
    question_id text NOT NULL REFERENCES core.question,
    state text NOT NULL,
    decision_count integer NOT NULL CHECK (decision_count > 0),
    PRIMARY KEY (release_id, question_id, state)
);
COMMENT ON TABLE core.release_state IS 'publish: how many decisions of a release are in which state. Grain: release × question × state that occurs.';
COMMENT ON COLUMN core.release_state.release_id IS 'The release.';
COMMENT ON COLUMN core.release_state.question_id IS 'The question.';
COMMENT ON COLUMN core.release_state.state IS 'As in core.decision.';
COMMENT ON COLUMN core.release_state.decision_count IS 'Works whose decision is in that state.';

CREATE FUNCTION core.count_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The counts before, plus what begins with this release, less what ends with it: a night pays for its changes only.
    INSERT INTO core.release_state (release_id, question_id, state, decision_count)
    SELECT NEW.release_id, x.question_id, x.state, sum(x.n)
    FROM (
        SELECT question_id, state, decision_count AS n FROM core.release_state
        WHERE release_id = (SELECT max(release_id) FROM core.release WHERE release_id < NEW.release_id)
        UNION ALL
        SELECT question_id, state, 1 FROM core.decision WHERE from_release = NEW.release_id
        UNION ALL
        SELECT question_id, state, -1 FROM core.decision WHERE to_release = NEW.release_id
    ) x
    GROUP BY x.question_id, x.state
    HAVING sum(x.n) > 0;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION core.count_release() IS 'Counts a release''s decisions by state when it is published.';
CREATE TRIGGER release_is_counted AFTER INSERT ON core.release
    FOR EACH ROW EXECUTE FUNCTION core.count_release();

-- Lists of works are read in the order of their names, page by page.
CREATE INDEX work_name_idx ON core.work (name, work_id);
-- Which works have a question, or any question, in a rare state.
CREATE INDEX decision_state_idx ON core.decision (state, question_id, work_id);
