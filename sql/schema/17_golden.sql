-- What a question had to pass before a night might use it.
CREATE TABLE core.golden_pass (
    question_version_id bigint NOT NULL REFERENCES core.question_version,
    check_sha256 text NOT NULL,
    cell_count integer NOT NULL CHECK (cell_count >= 1),
    passed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (question_version_id, check_sha256)
);
COMMENT ON TABLE core.golden_pass IS 'catalogue: a question version passed its golden cells. Grain: question version × everything the pass depends on.';
COMMENT ON COLUMN core.golden_pass.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.golden_pass.check_sha256 IS 'Hash of the question, its cells, their papers and the recipes of the readers.';
COMMENT ON COLUMN core.golden_pass.cell_count IS 'Golden cells that were tried.';
COMMENT ON COLUMN core.golden_pass.passed_at IS 'When they were passed.';
