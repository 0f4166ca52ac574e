-- What did the last release change, and why?
-- Grain: cause × state before × state since. No state before means that the cell is new, none since that it is retired.
SELECT cause, old_state, new_state, count(*) AS answer_count, count(DISTINCT work_id) AS paper_count
FROM out.changes
WHERE release_id = (SELECT max(release_id) FROM out.releases)
GROUP BY cause, old_state, new_state
ORDER BY answer_count DESC, cause, old_state, new_state;
