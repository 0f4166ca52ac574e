-- Which frameworks are used, year by year?
-- Grain: year × framework. A paper counts once per framework; papers that state no year are left out.
SELECT year, name AS framework, count(DISTINCT work_id) AS paper_count
FROM out.entities
WHERE question_key = 'frameworks' AND year IS NOT NULL
GROUP BY year, name
ORDER BY year, paper_count DESC, framework;
