-- What do papers say, word for word, about how their data were split, and on which page?
-- Grain: work × quote, the strongest first. Sources without pages have NULL.
SELECT e.paper, a.value, e.quote, e.section, e.page, e.match_kind
FROM out.evidence e
JOIN out.answers a USING (work_id, question_id)
WHERE a.question_key = 'data_split'
ORDER BY e.paper, e.evidence_rank, e.answerer;
