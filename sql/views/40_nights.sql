CREATE VIEW out.failures AS
SELECT f.failure_id, f.run_id, f.stage, f.work_id, f.locator AS paper, f.code, f.detail, f.next_step,
       f.is_exclusion, f.attempt, f.failed_at
FROM ops.failure f;
COMMENT ON VIEW out.failures IS 'Every paper that did not pass a stage, with what to do. Grain: one ended attempt.';
COMMENT ON COLUMN out.failures.failure_id IS 'Counts up.';
COMMENT ON COLUMN out.failures.run_id IS 'The run.';
COMMENT ON COLUMN out.failures.stage IS 'Step of the journey.';
COMMENT ON COLUMN out.failures.work_id IS 'Key of the work; NULL where no bytes could be taken.';
COMMENT ON COLUMN out.failures.paper IS 'Name people know the paper by. Untrusted text.';
COMMENT ON COLUMN out.failures.code IS 'Outcome code.';
COMMENT ON COLUMN out.failures.detail IS 'What happened, in words.';
COMMENT ON COLUMN out.failures.next_step IS 'What to do about it.';
COMMENT ON COLUMN out.failures.is_exclusion IS 'True where the paper was read and set aside.';
COMMENT ON COLUMN out.failures.attempt IS 'Which attempt.';
COMMENT ON COLUMN out.failures.failed_at IS 'When.';

CREATE VIEW out.flow AS
SELECT r.run_id, r.kind, r.state, r.started_at,
       count(s.sighting_id) AS found,
       count(*) FILTER (WHERE s.final_outcome = 'duplicate') AS duplicate,
       count(*) FILTER (WHERE s.final_outcome = 'excluded') AS excluded,
       count(*) FILTER (WHERE s.final_outcome = 'failed') AS failed,
       count(*) FILTER (WHERE s.final_outcome = 'answered') AS answered,
       count(s.sighting_id) FILTER (WHERE s.final_outcome IS NULL) AS open
FROM ops.run r
LEFT JOIN ops.sighting s USING (run_id)
GROUP BY r.run_id;
COMMENT ON VIEW out.flow IS 'Accounting of papers: found = duplicate + excluded + failed + answered + open, exactly. Grain: one run.';
COMMENT ON COLUMN out.flow.run_id IS 'The run.';
COMMENT ON COLUMN out.flow.kind IS 'night, adhoc or cli.';
COMMENT ON COLUMN out.flow.state IS 'running, done, failed or abandoned.';
COMMENT ON COLUMN out.flow.started_at IS 'When it began.';
COMMENT ON COLUMN out.flow.found IS 'What the source offered.';
COMMENT ON COLUMN out.flow.duplicate IS 'Second copies of a content.';
COMMENT ON COLUMN out.flow.excluded IS 'Read and set aside with a reason.';
COMMENT ON COLUMN out.flow.failed IS 'Failed with a reason.';
COMMENT ON COLUMN out.flow.answered IS 'All questions decided.';
COMMENT ON COLUMN out.flow.open IS 'Not ended: the run goes on or was stopped; 0 after a run that is done.';

CREATE VIEW out.run_summary AS
SELECT rs.run_id, rs.stage, rs.in_count, rs.done_count, rs.excluded_count, rs.failed_count, rs.open_count, rs.settled_at
FROM ops.run_stage rs;
COMMENT ON VIEW out.run_summary IS 'Accounting of stages: in = done + excluded + failed + open, exactly. Grain: run × stage.';
COMMENT ON COLUMN out.run_summary.run_id IS 'The run.';
COMMENT ON COLUMN out.run_summary.stage IS 'Step of the journey.';
COMMENT ON COLUMN out.run_summary.in_count IS 'Items planned.';
COMMENT ON COLUMN out.run_summary.done_count IS 'Items done.';
COMMENT ON COLUMN out.run_summary.excluded_count IS 'Items set aside.';
COMMENT ON COLUMN out.run_summary.failed_count IS 'Items failed.';
COMMENT ON COLUMN out.run_summary.open_count IS 'Items left open.';
COMMENT ON COLUMN out.run_summary.settled_at IS 'When it was counted.';

CREATE VIEW out.health AS
SELECT (SELECT count(*) FROM core.work) AS work_count,
       (SELECT count(*) FROM core.current_document WHERE status = 'parsed') AS readable_count,
       (SELECT count(*) FROM core.current_question) AS question_count,
       (SELECT max(release_id) FROM core.release) AS release_id,
       (SELECT max(published_at) FROM core.release) AS published_at,
       (SELECT max(started_at) FROM ops.run) AS last_run_at,
       (SELECT count(*) FROM ops.due) AS due_count;
COMMENT ON VIEW out.health IS 'The corpus at a glance. Grain: one row.';
COMMENT ON COLUMN out.health.work_count IS 'Works known.';
COMMENT ON COLUMN out.health.readable_count IS 'Works with a readable document.';
COMMENT ON COLUMN out.health.question_count IS 'Questions in force.';
COMMENT ON COLUMN out.health.release_id IS 'Release that analysts see.';
COMMENT ON COLUMN out.health.published_at IS 'When it was published.';
COMMENT ON COLUMN out.health.last_run_at IS 'When the last run began.';
COMMENT ON COLUMN out.health.due_count IS 'Items the next night has to do, as far as known now.';

CREATE VIEW out.releases AS
SELECT release_id, run_id, changed_count, decision_count, published_at FROM core.release;
COMMENT ON VIEW out.releases IS 'What was published when. Grain: one release.';
COMMENT ON COLUMN out.releases.release_id IS 'Counts from 1.';
COMMENT ON COLUMN out.releases.run_id IS 'The run that published it.';
COMMENT ON COLUMN out.releases.changed_count IS 'Decisions that differ from the release before.';
COMMENT ON COLUMN out.releases.decision_count IS 'Decisions that hold in it.';
COMMENT ON COLUMN out.releases.published_at IS 'When analysts began to see it.';
