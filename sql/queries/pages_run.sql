-- name: run_list
SELECT r.run_id, r.kind, r.trigger, r.state, r.note, r.started_at, r.ended_at,
       EXTRACT(epoch FROM coalesce(r.ended_at, clock_timestamp()) - r.started_at) AS seconds
FROM out.runs r WHERE CAST(:before_run AS bigint) IS NULL OR r.run_id < :before_run
ORDER BY r.run_id DESC LIMIT :row_limit;

-- name: run_one
SELECT r.run_id, r.kind, r.trigger, r.state, r.note, r.started_at, r.ended_at,
       EXTRACT(epoch FROM coalesce(r.ended_at, clock_timestamp()) - r.started_at) AS seconds
FROM out.runs r WHERE r.run_id = :run_id;

-- name: run_of_trigger
SELECT max(r.run_id) AS run_id FROM out.runs r WHERE r.trigger = :trigger;

-- name: run_flow
SELECT found, duplicate, excluded, failed, answered, open FROM out.flow WHERE run_id = :run_id;

-- name: run_steps
SELECT stage, in_count, done_count, excluded_count, failed_count, open_count, settled_at FROM out.run_summary
WHERE run_id = :run_id ORDER BY settled_at;

-- name: run_release
SELECT release_id, changed_count, decision_count, published_at FROM out.releases WHERE run_id = :run_id ORDER BY release_id DESC LIMIT 1;

-- name: run_changes
SELECT cause, old_state, new_state, count(*) AS cell_count, count(DISTINCT work_id) AS work_count FROM out.changes
WHERE release_id = :release_id GROUP BY cause, old_state, new_state ORDER BY count(*) DESC, cause, old_state, new_state LIMIT 60;

-- name: run_reasons
-- Failures by reason; one button a reason tries them again.
SELECT code, stage, is_exclusion, min(next_step) AS next_step, count(*) AS failure_count FROM out.failures
WHERE run_id = :run_id GROUP BY code, stage, is_exclusion ORDER BY is_exclusion, count(*) DESC, code, stage;

-- name: run_failed_papers
SELECT work_id, paper, stage, code, detail, next_step, attempt, is_exclusion, failed_at FROM out.failures
WHERE run_id = :run_id ORDER BY is_exclusion, code, paper LIMIT :row_limit;
