-- What do papers say, word for word, about how their data were split, and on which page?
-- Grain: work × answerer × quote, the strongest first. Sources without pages have NULL.
SELECT paper, quote, quote_cut, section, page, link, answerer
FROM out.evidence
WHERE question_key = 'data_split'
ORDER BY paper, evidence_rank, answerer;
