CREATE VIEW out.generations AS
SELECT g.document_id, d.work_id, w.name AS paper, qv.question_id, qv.version AS question_version, f.name AS answerer,
       b.state, g.model, g.system_fingerprint, g.prompt_sha256, g.schema_sha256, g.seed, g.call_count,
       g.prompt_tokens, g.cached_tokens, g.completion_tokens, g.latency_seconds, g.finish_reason, g.request_id,
       g.suspect_count, b.run_id
FROM core.generation g
JOIN core.ballot b USING (document_id, question_version_id, answerer_id)
JOIN core.document d USING (document_id)
JOIN core.work w USING (work_id)
JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint f ON f.fingerprint_id = g.answerer_id;
COMMENT ON VIEW out.generations IS 'What each answer of a language model took. Grain: document × question version × answerer.';
COMMENT ON COLUMN out.generations.document_id IS 'The reading that was asked.';
COMMENT ON COLUMN out.generations.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.generations.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.generations.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.generations.question_version IS 'Its version.';
COMMENT ON COLUMN out.generations.answerer IS 'Name of the answerer.';
COMMENT ON COLUMN out.generations.state IS 'State of the ballot it led to.';
COMMENT ON COLUMN out.generations.model IS 'The model''s name as the server gave it back.';
COMMENT ON COLUMN out.generations.system_fingerprint IS 'Version and configuration of the engine; NULL where it does not report them.';
COMMENT ON COLUMN out.generations.prompt_sha256 IS 'Hash of the last prompt.';
COMMENT ON COLUMN out.generations.schema_sha256 IS 'Hash of the schema of the answer.';
COMMENT ON COLUMN out.generations.seed IS 'Seed of the calls.';
COMMENT ON COLUMN out.generations.call_count IS 'Calls that were answered.';
COMMENT ON COLUMN out.generations.prompt_tokens IS 'Tokens sent, all calls.';
COMMENT ON COLUMN out.generations.cached_tokens IS 'Of those, from the prefix cache; NULL where not reported.';
COMMENT ON COLUMN out.generations.completion_tokens IS 'Tokens written, all calls.';
COMMENT ON COLUMN out.generations.latency_seconds IS 'Waiting time, all calls, seconds.';
COMMENT ON COLUMN out.generations.finish_reason IS 'Why the last call ended.';
COMMENT ON COLUMN out.generations.request_id IS 'Id of the last request.';
COMMENT ON COLUMN out.generations.suspect_count IS 'Sentences and headings of the context that read like instructions.';
COMMENT ON COLUMN out.generations.run_id IS 'The run that asked.';
