-- Which architectures are named most, and how do papers write them?
-- Grain: architecture (the vocabulary's term). A paper counts once per architecture.
SELECT name AS architecture, count(DISTINCT work_id) AS paper_count,
       string_agg(DISTINCT surface, '; ' ORDER BY surface) AS written_as
FROM out.entities
WHERE question_key = 'model_type'
GROUP BY name
ORDER BY paper_count DESC, architecture
LIMIT 20;
