-- Does every stage of every run account for all that went into it?
-- Grain: run × stage. missing_count has to be 0 everywhere.
SELECT s.run_id, f.kind, f.state, s.stage, s.in_count, s.done_count, s.excluded_count, s.failed_count, s.open_count,
       s.in_count - s.done_count - s.excluded_count - s.failed_count - s.open_count AS missing_count
FROM out.run_summary s
JOIN out.flow f USING (run_id)
ORDER BY s.run_id DESC, s.settled_at;
