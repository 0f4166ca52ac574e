-- What an answer of a language model took, failed answers asked again, and budgets of runs.
ALTER TABLE core.generation ADD COLUMN revision text;
ALTER TABLE core.generation ADD COLUMN endpoint text NOT NULL DEFAULT '';
ALTER TABLE core.generation ADD COLUMN boundary text NOT NULL DEFAULT '';
ALTER TABLE core.generation ADD COLUMN is_stable boolean;
ALTER TABLE core.generation ADD COLUMN yes_probability real CHECK (yes_probability BETWEEN 0 AND 1);
ALTER TABLE core.generation ADD COLUMN energy_joules real CHECK (energy_joules >= 0);
ALTER TABLE core.generation ADD COLUMN energy_reason text DEFAULT 'no power meter is set';
ALTER TABLE core.generation ADD CONSTRAINT generation_energy_check
    CHECK ((energy_joules IS NULL) = (energy_reason IS NOT NULL));
COMMENT ON COLUMN core.generation.revision IS 'Revision of the weights by the settings, else where the server says they come from; NULL where neither says it.';
COMMENT ON COLUMN core.generation.endpoint IS 'Host and port of the server that answered last.';
COMMENT ON COLUMN core.generation.boundary IS 'Random word around the paper in the prompt; with it the prompt can be written out again and its hash checked.';
COMMENT ON COLUMN core.generation.is_stable IS 'Whether the answer stayed the same without the suspect sentences; NULL where there were none.';
COMMENT ON COLUMN core.generation.yes_probability IS 'The model''s probability of yes, 0..1; NULL where it was not asked or not told.';
COMMENT ON COLUMN core.generation.energy_joules IS 'Share of the energy that the server''s cards drew meanwhile, all calls, joules; NULL where it is not known.';
COMMENT ON COLUMN core.generation.energy_reason IS 'Why the energy is not known; NULL exactly when it is.';

CREATE TABLE core.reopened_ballot (
    reopened_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES core.document,
    question_version_id bigint NOT NULL REFERENCES core.question_version,
    answerer_id bigint NOT NULL REFERENCES core.fingerprint,
    reason text NOT NULL,
    context_sha256 text NOT NULL,
    run_id bigint NOT NULL,
    cast_at timestamptz NOT NULL,
    passages jsonb NOT NULL,
    generation jsonb,
    reopened_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX reopened_ballot_cell_idx ON core.reopened_ballot (document_id, answerer_id, question_version_id);
COMMENT ON TABLE core.reopened_ballot IS 'answer: a failed ballot of a language model that was set aside so that its cell is asked again. Grain: one ballot and reopening.';
COMMENT ON COLUMN core.reopened_ballot.reopened_id IS 'Counts up.';
COMMENT ON COLUMN core.reopened_ballot.document_id IS 'The document that was asked.';
COMMENT ON COLUMN core.reopened_ballot.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.reopened_ballot.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN core.reopened_ballot.reason IS 'Why it had failed.';
COMMENT ON COLUMN core.reopened_ballot.context_sha256 IS 'Hash of the passages retrieved for this question.';
COMMENT ON COLUMN core.reopened_ballot.run_id IS 'The run that cast it.';
COMMENT ON COLUMN core.reopened_ballot.cast_at IS 'When it was cast.';
COMMENT ON COLUMN core.reopened_ballot.passages IS 'Its rows of core.passage, by rank.';
COMMENT ON COLUMN core.reopened_ballot.generation IS 'Its row of core.generation; NULL where no call was answered.';
COMMENT ON COLUMN core.reopened_ballot.reopened_at IS 'When it was set aside.';

-- The writer may add facts and never delete one: moving a failed ballot aside is the one exception,
-- and only this function, which belongs to the owner, can do it.
CREATE FUNCTION core.reopen_failed_ballots(wanted text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved bigint;
BEGIN
    CREATE TEMPORARY TABLE reopening ON COMMIT DROP AS
    SELECT b.document_id, b.question_version_id, b.answerer_id
    FROM core.ballot b
    JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
    WHERE b.state = 'failed' AND f.recipe ->> 'kind' = 'llm'
      AND CASE WHEN wanted IS NULL THEN strpos(b.reason, 'unstable:') = 0
               -- A derived question repeats its parent's reason behind the parent's id.
               ELSE b.reason LIKE wanted || ':%' OR b.reason LIKE '%: ' || wanted || ':%' END;
    INSERT INTO core.reopened_ballot (document_id, question_version_id, answerer_id, reason, context_sha256,
        run_id, cast_at, passages, generation)
    SELECT b.document_id, b.question_version_id, b.answerer_id, b.reason, b.context_sha256, b.run_id, b.cast_at,
           coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.passage_rank) FROM core.passage p
                     WHERE (p.document_id, p.question_version_id, p.answerer_id)
                         = (b.document_id, b.question_version_id, b.answerer_id)), '[]'),
           (SELECT to_jsonb(g) FROM core.generation g
            WHERE (g.document_id, g.question_version_id, g.answerer_id)
                = (b.document_id, b.question_version_id, b.answerer_id))
    FROM core.ballot b JOIN pg_temp.reopening r USING (document_id, question_version_id, answerer_id)
    ORDER BY b.document_id, b.question_version_id, b.answerer_id;
    DELETE FROM core.generation g USING pg_temp.reopening r
    WHERE (g.document_id, g.question_version_id, g.answerer_id) = (r.document_id, r.question_version_id, r.answerer_id);
    DELETE FROM core.passage p USING pg_temp.reopening r
    WHERE (p.document_id, p.question_version_id, p.answerer_id) = (r.document_id, r.question_version_id, r.answerer_id);
    DELETE FROM core.ballot b USING pg_temp.reopening r
    WHERE (b.document_id, b.question_version_id, b.answerer_id) = (r.document_id, r.question_version_id, r.answerer_id);
    GET DIAGNOSTICS moved = ROW_COUNT;
    -- The sheet no longer says that all is asked; its count stays, so nothing is decided anew
    -- before the cells are.
    UPDATE ops.answer_sheet s SET asked_md5 = NULL FROM pg_temp.reopening r
    WHERE s.document_id = r.document_id AND s.answerer_id = r.answerer_id;
    DROP TABLE pg_temp.reopening;
    RETURN moved;
END $$;
COMMENT ON FUNCTION core.reopen_failed_ballots(text) IS 'Sets failed ballots of language models aside, those with one kind of fault or all but the unstable ones (NULL), so that the next run asks their cells again; returns how many.';
REVOKE EXECUTE ON FUNCTION core.reopen_failed_ballots(text) FROM PUBLIC;
GRANT USAGE ON SEQUENCE core.reopened_ballot_reopened_id_seq TO florilegium_writer;
GRANT EXECUTE ON FUNCTION core.reopen_failed_ballots(text) TO florilegium_writer;

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
