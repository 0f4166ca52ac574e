-- name: put_quote_policy
INSERT INTO ops.quote_policy AS p (own_quotes) VALUES (:own_quotes)
ON CONFLICT (is_only) DO UPDATE SET own_quotes = excluded.own_quotes, changed_at = clock_timestamp()
WHERE p.own_quotes <> excluded.own_quotes;

-- name: lock_running_run
-- Only a run that is still running may publish: a late task of an abandoned run must not show half a night.
SELECT run_id FROM ops.run WHERE run_id = :run_id AND state = 'running' FOR UPDATE;

-- name: publish_release
-- Moves analysts to the next release in one statement; does nothing when nothing changed.
WITH change AS (
    SELECT (SELECT count(*) FROM core.decision WHERE from_release = :release_id)
         + (SELECT count(*) FROM core.decision d WHERE to_release = :release_id AND NOT EXISTS (
                SELECT FROM core.decision n WHERE n.work_id = d.work_id AND n.question_id = d.question_id
                AND n.from_release = :release_id)) AS changed_count
)
INSERT INTO core.release (release_id, run_id, changed_count, decision_count)
SELECT :release_id, :run_id, changed_count, (SELECT count(*) FROM core.decision WHERE to_release IS NULL)
FROM change
WHERE changed_count > 0
RETURNING release_id, changed_count, decision_count;

-- name: settle_sightings
-- How each paper of the run ended: exactly one outcome each, or none while work is left.
UPDATE ops.sighting s SET final_outcome = o.final_outcome, final_code = o.final_code
FROM (
    SELECT s.sighting_id,
           CASE WHEN s.outcome = 'duplicate' THEN 'duplicate'
                WHEN s.outcome IN ('excluded', 'failed') THEN s.outcome
                WHEN cd.status = 'unreadable' THEN 'excluded'
                WHEN x.state IS NOT NULL THEN x.state
                WHEN sheet.input_md5 = k.input_md5 AND (due.subject_id IS NULL OR r.question_ids IS NOT NULL) THEN 'answered'
           END AS final_outcome,
           coalesce(s.code, cd.code, x.code) AS final_code
    FROM ops.sighting s
    JOIN ops.run r USING (run_id)
    LEFT JOIN core.full_text ft ON ft.full_text_id = s.full_text_id
    LEFT JOIN core.current_document cd ON cd.work_id = ft.work_id
    LEFT JOIN ops.decision_sheet sheet ON sheet.work_id = ft.work_id
    LEFT JOIN ops.decision_key k ON k.work_id = ft.work_id
    LEFT JOIN (SELECT DISTINCT subject_id FROM ops.due WHERE stage = 'answer') due ON due.subject_id = cd.document_id
    LEFT JOIN LATERAL (
        SELECT i.state, i.code FROM ops.item i
        LEFT JOIN ops.recipe_in_force r ON r.stage = i.stage AND r.recipe_id = i.recipe_id
        WHERE i.state IN ('failed', 'excluded')
          AND ((i.stage = 'parse' AND i.subject_id = cd.full_text_id AND i.recipe_id = cd.parser_id)
               OR (r.recipe_id IS NOT NULL AND i.subject_id = cd.document_id))
        ORDER BY i.stage LIMIT 1) x ON true
    WHERE s.run_id = :run_id
) o
WHERE o.sighting_id = s.sighting_id;

-- name: night_counts
SELECT (SELECT count(*) FROM ops.sighting WHERE run_id = :run_id) AS found,
       (SELECT count(*) FROM ops.sighting WHERE run_id = :run_id AND outcome = 'new') AS new,
       (SELECT count(*) FROM core.document WHERE run_id = :run_id) AS parsed,
       (SELECT count(*) FROM core.chunk_set WHERE run_id = :run_id) AS embedded,
       (SELECT count(*) FROM core.ballot WHERE run_id = :run_id AND carried_from IS NULL) AS asked,
       (SELECT count(*) FROM core.ballot WHERE run_id = :run_id AND carried_from IS NOT NULL) AS carried,
       (SELECT count(*) FROM core.decision WHERE run_id = :run_id) AS decided,
       (SELECT count(*) FROM ops.failure WHERE run_id = :run_id) AS failures;
