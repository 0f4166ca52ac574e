-- Which papers that use deep learning give no link to their code, and what do they say of data?
-- Grain: work. not_applicable papers (no deep learning in them) are left out.
SELECT c.paper, c.title, c.reason, d.state AS data_state, d.value AS data_urls
FROM out.answers c
LEFT JOIN out.answers d ON d.work_id = c.work_id AND d.question_id = (SELECT k.question_id FROM out.catalogue k WHERE k.question_key = 'data_url')
WHERE c.question_id = (SELECT k.question_id FROM out.catalogue k WHERE k.question_key = 'code_url') AND c.state = 'not_reported'
ORDER BY c.paper;
