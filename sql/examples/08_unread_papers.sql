-- Which papers could not be read, and what can be done about each?
-- Grain: work that is not readable; the newest failure gives the next step. Files that never became a work (no bytes,
-- no known type) are in out.failures alone.
SELECT p.paper, p.state, p.code, p.detail, f.next_step, f.failed_at
FROM out.papers p
LEFT JOIN LATERAL (
    SELECT x.next_step, x.failed_at FROM out.failures x
    WHERE x.work_id = p.work_id ORDER BY x.failure_id DESC LIMIT 1) f ON true
WHERE p.state IN ('unreadable', 'failed')
ORDER BY p.state, p.paper;
