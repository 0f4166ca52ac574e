CREATE TABLE core.generation (
    document_id bigint NOT NULL,
    question_version_id bigint NOT NULL,
    answerer_id bigint NOT NULL,
    model text NOT NULL,
    system_fingerprint text,
    prompt_sha256 text NOT NULL,
    schema_sha256 text NOT NULL,
    seed bigint NOT NULL,
    call_count integer NOT NULL CHECK (call_count >= 1),
    prompt_tokens integer NOT NULL CHECK (prompt_tokens >= 0),
    cached_tokens integer CHECK (cached_tokens >= 0),
    completion_tokens integer NOT NULL CHECK (completion_tokens >= 0),
    latency_seconds real NOT NULL CHECK (latency_seconds >= 0),
    finish_reason text NOT NULL,
    request_id text NOT NULL,
    output_text text NOT NULL,
    suspect_count integer NOT NULL CHECK (suspect_count >= 0),
    revision text,
    endpoint text NOT NULL DEFAULT '',
    boundary text NOT NULL DEFAULT '',
    is_stable boolean,
    yes_probability real CHECK (yes_probability BETWEEN 0 AND 1),
    energy_joules real CHECK (energy_joules >= 0),
    energy_reason text DEFAULT 'no power meter is set',
    PRIMARY KEY (document_id, question_version_id, answerer_id),
    FOREIGN KEY (document_id, question_version_id, answerer_id) REFERENCES core.ballot,
    CONSTRAINT generation_energy_check CHECK ((energy_joules IS NULL) = (energy_reason IS NOT NULL))
);
COMMENT ON TABLE core.generation IS 'answer: what a language model was asked for a cell, and what that took. Grain: one cell = document × question version × answerer; cells filled without a model, and those carried over, have none.';
COMMENT ON COLUMN core.generation.document_id IS 'The document that was asked.';
COMMENT ON COLUMN core.generation.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.generation.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN core.generation.model IS 'The model''s name as the server gave it back.';
COMMENT ON COLUMN core.generation.system_fingerprint IS 'Version and configuration of the engine as it reports them; NULL where it does not.';
COMMENT ON COLUMN core.generation.prompt_sha256 IS 'Hash of the last prompt: system text, context and question.';
COMMENT ON COLUMN core.generation.schema_sha256 IS 'Hash of the schema that the answer had to follow.';
COMMENT ON COLUMN core.generation.seed IS 'Seed sent with each call.';
COMMENT ON COLUMN core.generation.call_count IS 'Calls that were answered; more than one where it was asked again.';
COMMENT ON COLUMN core.generation.prompt_tokens IS 'Tokens sent, all calls.';
COMMENT ON COLUMN core.generation.cached_tokens IS 'Of those, taken from the prefix cache; NULL where the engine does not report it.';
COMMENT ON COLUMN core.generation.completion_tokens IS 'Tokens written, all calls.';
COMMENT ON COLUMN core.generation.latency_seconds IS 'Waiting time, all calls, seconds.';
COMMENT ON COLUMN core.generation.finish_reason IS 'Why the last call ended.';
COMMENT ON COLUMN core.generation.request_id IS 'Id of the last request, also in the server''s log.';
COMMENT ON COLUMN core.generation.output_text IS 'The last output as it came, at most 8,000 characters. Untrusted text.';
COMMENT ON COLUMN core.generation.suspect_count IS 'Sentences and headings of the context that read like instructions to a model.';
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
CREATE FUNCTION core.reopen_failed_ballots(wanted text, of_work bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved bigint;
BEGIN
    CREATE TEMPORARY TABLE reopening ON COMMIT DROP AS
    SELECT b.document_id, b.question_version_id, b.answerer_id
    FROM core.ballot b
    JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
    JOIN core.document d ON d.document_id = b.document_id
    WHERE b.state = 'failed' AND (of_work IS NULL OR d.work_id = of_work) AND f.recipe ->> 'kind' = 'llm'
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
COMMENT ON FUNCTION core.reopen_failed_ballots(text, bigint) IS 'Sets failed ballots of language models aside, those with one kind of fault or all but the unstable ones (NULL), of one work or of all (NULL), so that the next run asks their cells again; returns how many.';
