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
    PRIMARY KEY (document_id, question_version_id, answerer_id),
    FOREIGN KEY (document_id, question_version_id, answerer_id) REFERENCES core.ballot
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
