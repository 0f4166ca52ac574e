-- What has changed this month, and why?
-- Grain: cause × state before × state since. No state before means that the cell is new, none since that it is retired.
SELECT c.cause, c.old_state, c.new_state, count(*) AS answer_count, count(DISTINCT c.work_id) AS paper_count
FROM out.changes c
WHERE c.release_id >= (SELECT min(r.release_id) FROM out.releases r WHERE r.published_at >= date_trunc('month', now()))
GROUP BY c.cause, c.old_state, c.new_state
ORDER BY answer_count DESC, c.cause, c.old_state, c.new_state;
