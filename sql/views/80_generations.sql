CREATE VIEW out.generations AS
SELECT g.document_id, d.work_id, w.name AS paper, qv.question_id, qv.version AS question_version, f.name AS answerer,
       b.state, g.model, g.system_fingerprint, g.prompt_sha256, g.schema_sha256, g.seed, g.call_count,
       g.prompt_tokens, g.cached_tokens, g.completion_tokens, g.latency_seconds, g.finish_reason, g.request_id,
       g.suspect_count, b.run_id, g.revision, g.endpoint, g.boundary, g.is_stable, g.yes_probability,
       g.energy_joules, g.energy_reason
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
COMMENT ON COLUMN out.generations.revision IS 'Revision of the weights by the settings, else where the server says they come from.';
COMMENT ON COLUMN out.generations.endpoint IS 'Host and port of the server.';
COMMENT ON COLUMN out.generations.boundary IS 'Random word around the paper in the prompt.';
COMMENT ON COLUMN out.generations.is_stable IS 'Whether the answer stayed the same without the suspect sentences; NULL where there were none.';
COMMENT ON COLUMN out.generations.yes_probability IS 'The model''s probability of yes, 0..1; NULL where it was not asked or not told.';
COMMENT ON COLUMN out.generations.energy_joules IS 'Share of the energy that the server''s cards drew meanwhile, joules; NULL where it is not known.';
COMMENT ON COLUMN out.generations.energy_reason IS 'Why the energy is not known; NULL exactly when it is.';

CREATE VIEW out.reopened_ballots AS
SELECT r.reopened_id, r.document_id, d.work_id, w.name AS paper, qv.question_id, qv.version AS question_version,
       f.name AS answerer, r.reason, r.generation ->> 'output_text' AS output_text, r.run_id, r.cast_at, r.reopened_at
FROM core.reopened_ballot r
JOIN core.document d USING (document_id)
JOIN core.work w USING (work_id)
JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint f ON f.fingerprint_id = r.answerer_id;
COMMENT ON VIEW out.reopened_ballots IS 'Failed answers of language models that were asked again. Grain: one ballot and reopening.';
COMMENT ON COLUMN out.reopened_ballots.reopened_id IS 'Counts up.';
COMMENT ON COLUMN out.reopened_ballots.document_id IS 'The reading that was asked.';
COMMENT ON COLUMN out.reopened_ballots.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.reopened_ballots.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.reopened_ballots.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.reopened_ballots.question_version IS 'Its version.';
COMMENT ON COLUMN out.reopened_ballots.answerer IS 'Name of the answerer.';
COMMENT ON COLUMN out.reopened_ballots.reason IS 'Why it had failed.';
COMMENT ON COLUMN out.reopened_ballots.output_text IS 'What the model had written last; NULL where nothing came. Untrusted text.';
COMMENT ON COLUMN out.reopened_ballots.run_id IS 'The run that cast it.';
COMMENT ON COLUMN out.reopened_ballots.cast_at IS 'When it was cast.';
COMMENT ON COLUMN out.reopened_ballots.reopened_at IS 'When it was set aside.';

CREATE VIEW out.model_spend AS
SELECT s.run_id, f.name AS answerer, s.calls, s.prompt_tokens, s.completion_tokens, s.seconds, s.stop_reason
FROM ops.model_spend s
JOIN core.fingerprint f ON f.fingerprint_id = s.answerer_id;
COMMENT ON VIEW out.model_spend IS 'What runs have spent on language models. Grain: run × answerer.';
COMMENT ON COLUMN out.model_spend.run_id IS 'The run.';
COMMENT ON COLUMN out.model_spend.answerer IS 'Name of the answerer.';
COMMENT ON COLUMN out.model_spend.calls IS 'Requests sent, those without an answer too.';
COMMENT ON COLUMN out.model_spend.prompt_tokens IS 'Tokens sent, as the engine counts them.';
COMMENT ON COLUMN out.model_spend.completion_tokens IS 'Tokens written.';
COMMENT ON COLUMN out.model_spend.seconds IS 'Time in which a task waited for the model, seconds.';
COMMENT ON COLUMN out.model_spend.stop_reason IS 'Why the run stopped asking before it was through; NULL where it did not.';
