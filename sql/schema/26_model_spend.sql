CREATE TABLE ops.model_spend (
    run_id bigint NOT NULL REFERENCES ops.run,
    answerer_id bigint NOT NULL REFERENCES core.fingerprint,
    calls bigint NOT NULL CHECK (calls >= 0),
    prompt_tokens bigint NOT NULL CHECK (prompt_tokens >= 0),
    completion_tokens bigint NOT NULL CHECK (completion_tokens >= 0),
    seconds double precision NOT NULL CHECK (seconds >= 0),
    stop_reason text,
    PRIMARY KEY (run_id, answerer_id)
);
COMMENT ON TABLE ops.model_spend IS 'What a run has spent on a language model; its budget is measured by it. Grain: run × answerer.';
COMMENT ON COLUMN ops.model_spend.run_id IS 'The run.';
COMMENT ON COLUMN ops.model_spend.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN ops.model_spend.calls IS 'Requests sent, those without an answer too.';
COMMENT ON COLUMN ops.model_spend.prompt_tokens IS 'Tokens sent, as the engine counts them.';
COMMENT ON COLUMN ops.model_spend.completion_tokens IS 'Tokens written.';
COMMENT ON COLUMN ops.model_spend.seconds IS 'Time in which a task waited for the model, seconds; calls at once count once.';
COMMENT ON COLUMN ops.model_spend.stop_reason IS 'Why the run stopped asking before it was through, in words; NULL where it did not.';
