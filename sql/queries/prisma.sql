-- name: flow
SELECT step, stage, reason, CAST(sum(record_count) AS bigint) AS record_count FROM out.prisma
WHERE CAST(:collection AS text) IS NULL OR collection = :collection
GROUP BY step, stage, reason ORDER BY step, record_count DESC, reason;

-- name: collections
SELECT DISTINCT collection FROM out.prisma ORDER BY collection;
