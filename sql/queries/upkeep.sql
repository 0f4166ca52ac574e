-- name: broken_indexes
-- Indexes of ours that a build left invalid: no search uses them, every write pays for them.
SELECT format('%I.%I', n.nspname, c.relname) AS index_name
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'ops') AND NOT (i.indisvalid AND i.indisready)
ORDER BY 1;

-- name: dead_rows
-- Rows that a vacuum may give back, and rows that are there, of all our tables.
SELECT coalesce(sum(n_dead_tup), 0)::bigint AS dead_count, coalesce(sum(n_live_tup), 0)::bigint AS live_count
FROM pg_stat_user_tables WHERE schemaname IN ('core', 'ops');

-- name: known_paths
-- Which of these files the facts know.
SELECT store_path FROM core.full_text WHERE store_path = ANY (CAST(:store_paths AS text[]));
