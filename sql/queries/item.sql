-- name: claim
-- A lease counts only while its run is running and the database clock has not passed it. What is
-- done is taken again only if it was found due as it stands: nobody has done it since.
INSERT INTO ops.item AS i (stage, subject_id, recipe_id, state, attempt, lease_until, run_id)
VALUES (:stage, :subject_id, :recipe_id, 'leased', 1,
        clock_timestamp() + make_interval(secs => :lease_seconds), :run_id)
ON CONFLICT (stage, subject_id, recipe_id) DO UPDATE SET
    state = 'leased', attempt = i.attempt + 1, run_id = excluded.run_id,
    crash_count = i.crash_count + CASE i.state WHEN 'leased' THEN 1 ELSE 0 END,
    lease_until = excluded.lease_until, code = NULL, detail = NULL, changed_at = clock_timestamp()
WHERE i.state = 'todo'
   OR (i.state = 'done' AND i.attempt = CAST(:done_attempt AS integer))
   OR (i.state = 'leased' AND (i.lease_until < clock_timestamp() OR NOT EXISTS (
           SELECT FROM ops.run r WHERE r.run_id = i.run_id AND r.state = 'running')))
RETURNING attempt, crash_count;

-- name: renew
-- Also the fence of a transaction that writes part of an item: no row, no right to write.
UPDATE ops.item SET lease_until = clock_timestamp() + make_interval(secs => :lease_seconds)
WHERE stage = :stage AND subject_id = :subject_id AND recipe_id = :recipe_id
  AND attempt = :attempt AND state = 'leased'
RETURNING attempt;

-- name: end_item
-- The fence: changes a row only for the newest attempt, in the transaction of its facts.
UPDATE ops.item SET state = :state, lease_until = NULL, code = :code, detail = :detail,
       changed_at = clock_timestamp()
WHERE stage = :stage AND subject_id = :subject_id AND recipe_id = :recipe_id
  AND attempt = :attempt AND state = 'leased'
RETURNING attempt;

-- name: insert_failure
INSERT INTO ops.failure (run_id, stage, subject_id, work_id, locator, attempt, code, detail, next_step, is_exclusion)
VALUES (:run_id, :stage, :subject_id, :work_id, :locator, :attempt, :code, :detail, :next_step, :is_exclusion);

-- name: subject_label
-- The work and the name people know a subject by.
SELECT x.work_id, x.locator FROM (
    SELECT 'fetch' AS stage, sighting_id AS subject_id, NULL::bigint AS work_id, locator FROM ops.sighting WHERE :stage = 'fetch' AND sighting_id = :subject_id
    UNION ALL
    SELECT 'parse', ft.full_text_id, w.work_id, w.name FROM core.full_text ft JOIN core.work w USING (work_id) WHERE :stage = 'parse' AND ft.full_text_id = :subject_id
    UNION ALL
    SELECT :stage, d.document_id, w.work_id, w.name FROM core.document d JOIN core.work w USING (work_id) WHERE :stage IN ('embed', 'answer') AND d.document_id = :subject_id
    UNION ALL
    SELECT 'decide', w.work_id, w.work_id, w.name FROM core.work w WHERE :stage = 'decide' AND w.work_id = :subject_id
) x;

-- name: reopen
-- A person asks for another try of one work or of all.
UPDATE ops.item i SET state = 'todo', crash_count = 0, changed_at = clock_timestamp()
WHERE state IN ('failed', 'excluded') AND (CAST(:code AS text) IS NULL OR code = :code)
  AND (CAST(:work_id AS bigint) IS NULL OR CASE i.stage
      WHEN 'fetch' THEN EXISTS (SELECT FROM ops.sighting s JOIN core.full_text ft USING (full_text_id) WHERE s.sighting_id = i.subject_id AND ft.work_id = :work_id)
      WHEN 'parse' THEN EXISTS (SELECT FROM core.full_text ft WHERE ft.full_text_id = i.subject_id AND ft.work_id = :work_id)
      WHEN 'decide' THEN i.subject_id = :work_id
      ELSE EXISTS (SELECT FROM core.document d WHERE d.document_id = i.subject_id AND d.work_id = :work_id) END)
RETURNING stage, subject_id;
