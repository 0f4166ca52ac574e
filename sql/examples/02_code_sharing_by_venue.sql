-- In which venues do papers offer their code?
-- Grain: venue (papers that state none are one group). The share is of papers that could be read and asked, and it is
-- a raw share: not_reported says that no link was found, not that there is none.
SELECT coalesce(p.venue, 'not stated') AS venue, count(*) AS paper_count,
       count(*) FILTER (WHERE a.state = 'answered') AS with_code_count,
       round(avg(CASE WHEN a.state = 'answered' THEN 1.0 ELSE 0.0 END), 3) AS raw_share
FROM out.answers a
JOIN out.papers p USING (work_id)
WHERE a.question_key = 'code_url' AND a.state IN ('answered', 'not_reported', 'conflicting')
GROUP BY coalesce(p.venue, 'not stated')
ORDER BY paper_count DESC, venue;
