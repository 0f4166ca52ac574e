-- Which answerer or model is at odds with what was decided on code links, and in which direction?
-- Grain: answerer. A vote is yes (a link was found) or no; silent ones (failed, not_applicable, unreadable) do not count.
SELECT v.panel, v.answerer, count(*) AS vote_count,
       count(*) FILTER (WHERE v.is_yes AND a.state = 'not_reported') AS only_it_says_yes,
       count(*) FILTER (WHERE NOT v.is_yes AND a.state = 'answered') AS only_it_says_no,
       count(*) FILTER (WHERE a.state = 'conflicting') AS conflicting_count,
       round(avg(CASE WHEN v.is_yes = (a.state = 'answered') AND a.state <> 'conflicting' THEN 0.0 ELSE 1.0 END), 3) AS disagreement
FROM out.votes v
JOIN out.answers a USING (work_id, question_id)
WHERE v.question_id = (SELECT c.question_id FROM out.catalogue c WHERE c.question_key = 'code_url') AND v.is_yes IS NOT NULL AND a.state IN ('answered', 'not_reported', 'conflicting')
GROUP BY v.panel, v.answerer
ORDER BY disagreement DESC, v.panel, v.answerer;
