-- Which metrics are reported together?
-- Grain: unordered pair of metrics. lift above 1: together more often than chance would have it.
WITH metric AS (
    SELECT DISTINCT work_id, name FROM out.entities WHERE question_key = 'metrics'
), total AS (
    SELECT count(DISTINCT work_id) AS paper_count FROM metric
), single AS (
    SELECT name, count(*) AS paper_count FROM metric GROUP BY name
), pair AS (
    SELECT a.name AS one, b.name AS other, count(*) AS paper_count
    FROM metric a
    JOIN metric b ON b.work_id = a.work_id AND b.name > a.name
    GROUP BY a.name, b.name
)
SELECT pair.one, pair.other, pair.paper_count,
       round(pair.paper_count::numeric * total.paper_count / (o.paper_count * t.paper_count), 2) AS lift
FROM pair
CROSS JOIN total
JOIN single o ON o.name = pair.one
JOIN single t ON t.name = pair.other
ORDER BY pair.paper_count DESC, pair.one, pair.other
LIMIT 50;
