-- name: lock_runs
-- One begin at a time, whoever asks.
SELECT pg_advisory_xact_lock(4242001);

-- name: running_run
SELECT run_id, holder, trigger, lease_until > clock_timestamp() AS is_leased
FROM ops.run WHERE state = 'running';

-- name: try_session_lock
-- True when nobody holds the run: its command died.
SELECT pg_try_advisory_lock(:run_id);

-- name: release_session_lock
SELECT pg_advisory_unlock(:run_id);

-- name: hold_session_lock
SELECT pg_advisory_lock(:run_id);

-- name: insert_run
INSERT INTO ops.run (kind, trigger, holder, lease_until, papers, work_ids, question_ids, maximum, is_walked)
VALUES (:kind, :trigger, :holder, clock_timestamp() + make_interval(secs => :lease_seconds),
        :papers, CAST(:work_ids AS bigint[]), CAST(:question_ids AS text[]), :maximum, :is_walked)
RETURNING run_id;

-- name: unknown_asked
-- What a run is asked to be confined to and is not here.
SELECT ARRAY(SELECT unnest(CAST(:work_ids AS bigint[])) EXCEPT SELECT work_id FROM core.work ORDER BY 1) AS work_ids,
       ARRAY(SELECT unnest(CAST(:question_ids AS text[])) EXCEPT SELECT question_id FROM core.current_question
             ORDER BY 1) AS question_ids;

-- name: renew_run
UPDATE ops.run SET lease_until = clock_timestamp() + make_interval(secs => :lease_seconds)
WHERE run_id = :run_id AND state = 'running'
RETURNING run_id;

-- name: end_run
UPDATE ops.run SET state = :state, note = :note, ended_at = clock_timestamp()
WHERE run_id = :run_id AND state = 'running'
RETURNING run_id;

-- name: abandon_leased_runs
UPDATE ops.run SET state = 'abandoned', note = :note, ended_at = clock_timestamp()
WHERE state = 'running' AND holder = 'lease'
RETURNING run_id;

-- name: load_run
SELECT run_id, kind, trigger, state, papers, work_ids, question_ids, maximum, is_walked, note, started_at, ended_at
FROM ops.run WHERE run_id = :run_id;

-- name: last_run
SELECT run_id FROM ops.run ORDER BY run_id DESC LIMIT 1;

-- name: register_fingerprint
INSERT INTO core.fingerprint (fingerprint_id, stage, name, sha256, recipe)
VALUES (:fingerprint_id, :stage, :name, :sha256, CAST(:recipe AS jsonb))
ON CONFLICT (fingerprint_id) DO NOTHING;

-- name: activate_fingerprint
INSERT INTO ops.active_fingerprint (stage, scope, fingerprint_id)
VALUES (:stage, :scope, :fingerprint_id)
ON CONFLICT (stage, scope) DO UPDATE SET fingerprint_id = excluded.fingerprint_id
WHERE ops.active_fingerprint.fingerprint_id <> excluded.fingerprint_id;

-- name: deactivate_fingerprints
DELETE FROM ops.active_fingerprint
WHERE concat(stage, '/', scope) <> ALL (CAST(:keep AS text[]));

-- name: plan_batches
-- Groups what is due into at most max_batches batches; one statement, nothing remembered.
WITH scope AS (
    SELECT r.kind, r.work_ids FROM ops.run r WHERE r.run_id = :run_id
), due AS (
    SELECT d.subject_id, d.recipe_id,
           row_number() OVER (ORDER BY d.recipe_id, d.subject_id) - 1 AS place,
           count(*) OVER () AS total
    FROM ops.due d CROSS JOIN scope
    WHERE d.stage = :stage
      AND (scope.kind <> 'adhoc' OR d.stage = 'fetch' OR d.work_id = ANY (scope.work_ids)
           OR d.work_id IN (SELECT ft.work_id FROM ops.sighting s JOIN core.full_text ft USING (full_text_id)
                            WHERE s.run_id = :run_id))
), slot AS (
    SELECT subject_id, recipe_id,
           place / greatest(:papers_per_batch, ceil(total / CAST(:max_batches AS numeric))::bigint) AS slot_index
    FROM due
)
INSERT INTO ops.batch (run_id, stage, subject_ids, recipe_ids)
SELECT :run_id, :stage, array_agg(subject_id ORDER BY recipe_id, subject_id),
       array_agg(recipe_id ORDER BY recipe_id, subject_id)
FROM slot GROUP BY slot_index ORDER BY slot_index
RETURNING batch_id;

-- name: load_batch
SELECT run_id, stage, subject_ids, recipe_ids FROM ops.batch WHERE batch_id = :batch_id;

-- name: still_due
-- done_attempt: as which attempt an item was done before; if another worker ends it from now on, it differs.
SELECT d.subject_id, d.recipe_id, i.attempt AS done_attempt
FROM ops.due d
JOIN (SELECT unnest(subject_ids) AS subject_id, unnest(recipe_ids) AS recipe_id
      FROM ops.batch WHERE batch_id = :batch_id) b USING (subject_id, recipe_id)
LEFT JOIN ops.item i ON i.stage = d.stage AND i.subject_id = d.subject_id AND i.recipe_id = d.recipe_id
    AND i.state = 'done'
WHERE d.stage = :stage
ORDER BY d.recipe_id, d.subject_id;

-- name: batch_label
-- How many papers a batch holds, and the first and last of their names.
WITH b AS (SELECT stage, unnest(subject_ids) AS subject_id FROM ops.batch WHERE batch_id = :batch_id)
SELECT count(DISTINCT x.name) AS paper_count, min(x.name) AS first_name, max(x.name) AS last_name
FROM (
    SELECT s.locator AS name FROM b JOIN ops.sighting s ON b.stage = 'fetch' AND s.sighting_id = b.subject_id
    UNION ALL
    SELECT w.name FROM b JOIN core.full_text ft ON b.stage = 'parse' AND ft.full_text_id = b.subject_id
    JOIN core.work w USING (work_id)
    UNION ALL
    SELECT w.name FROM b JOIN core.document d ON b.stage IN ('embed', 'answer') AND d.document_id = b.subject_id
    JOIN core.work w USING (work_id)
    UNION ALL
    SELECT w.name FROM b JOIN core.work w ON b.stage = 'decide' AND w.work_id = b.subject_id
) x;

-- name: batch_counts
SELECT count(*) FILTER (WHERE i.state = 'done') AS done,
       count(*) FILTER (WHERE i.state = 'excluded') AS excluded,
       count(*) FILTER (WHERE i.state = 'failed') AS failed,
       count(*) FILTER (WHERE i.state IS NULL OR i.state IN ('todo', 'leased')) AS open
FROM (SELECT stage, unnest(subject_ids) AS subject_id, unnest(recipe_ids) AS recipe_id
      FROM ops.batch WHERE batch_id = :batch_id) b
LEFT JOIN ops.item i USING (stage, subject_id, recipe_id);

-- name: settle_stage
INSERT INTO ops.run_stage (run_id, stage, in_count, done_count, excluded_count, failed_count, open_count)
SELECT :run_id, :stage, count(*),
       count(*) FILTER (WHERE i.state = 'done'),
       count(*) FILTER (WHERE i.state = 'excluded'),
       count(*) FILTER (WHERE i.state = 'failed'),
       count(*) FILTER (WHERE i.state IS NULL OR i.state IN ('todo', 'leased'))
FROM (SELECT DISTINCT stage, unnest(subject_ids) AS subject_id, unnest(recipe_ids) AS recipe_id
      FROM ops.batch WHERE run_id = :run_id AND stage = :stage) b
LEFT JOIN ops.item i USING (stage, subject_id, recipe_id)
ON CONFLICT (run_id, stage) DO UPDATE SET
    in_count = excluded.in_count, done_count = excluded.done_count,
    excluded_count = excluded.excluded_count, failed_count = excluded.failed_count,
    open_count = excluded.open_count, settled_at = clock_timestamp()
RETURNING in_count, done_count, excluded_count, failed_count, open_count;

-- name: end_long_reads
-- What an analyst has run for more than ten minutes must not hold up a night.
SELECT ops.end_long_reads() AS ended_count;
