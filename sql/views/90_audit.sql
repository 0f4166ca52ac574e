-- What answers owe to the question or to habit instead of the paper, measured each night.
CREATE VIEW out.leaks AS
-- Letters alone are compared, so blanks, hyphens and -ise for -ize hide nothing and accuse nobody.
SELECT b.run_id, d.work_id, w.name AS paper, qv.question_id, f.name AS answerer, b.state,
       item.value ->> 'name' AS name, item.value ->> 'surface' AS surface,
       qv.spec -> 'vocabulary' ? (item.value ->> 'name') AS is_question_term
FROM core.ballot b
JOIN core.document d USING (document_id)
JOIN core.work w USING (work_id)
JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(b.value) = 'array' THEN b.value ELSE '[]' END) AS item(value)
CROSS JOIN LATERAL (
    SELECT array_agg(translate(lower(form), E'z -\u2010\u2011\u2012\u2013\u2014\u2212', 's')) AS forms
    FROM (SELECT item.value ->> 'name' AS form
          UNION ALL
          SELECT jsonb_array_elements_text(coalesce(qv.spec -> 'vocabulary' -> (item.value ->> 'name'), '[]'))) AS written
) AS known
WHERE b.state = 'answered' AND jsonb_typeof(item.value) = 'object' AND item.value ->> 'name' <> ''
  -- The cited quotes carry nearly every name, so the whole paper is looked at for the suspects only.
  AND NOT EXISTS (
      SELECT FROM core.evidence ev CROSS JOIN unnest(known.forms) AS form
      WHERE ev.document_id = b.document_id AND ev.question_version_id = b.question_version_id
        AND ev.answerer_id = b.answerer_id
        AND strpos(translate(lower(ev.quote), E'z -\u2010\u2011\u2012\u2013\u2014\u2212', 's'), form) > 0)
  AND NOT EXISTS (
      SELECT FROM core.block bl CROSS JOIN unnest(known.forms) AS form
      WHERE bl.document_id = b.document_id AND bl.zone IN ('front', 'abstract', 'body', 'back')
        AND strpos(translate(lower(bl.text), E'z -\u2010\u2011\u2012\u2013\u2014\u2212', 's'), form) > 0);
COMMENT ON VIEW out.leaks IS 'Names in answers that stand nowhere in the paper: they came from the question or from habit. Grain: answered ballot × item that leaked.';
COMMENT ON COLUMN out.leaks.run_id IS 'The run that cast the ballot.';
COMMENT ON COLUMN out.leaks.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.leaks.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.leaks.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.leaks.answerer IS 'Whose ballot it is.';
COMMENT ON COLUMN out.leaks.state IS 'State of the ballot; always answered.';
COMMENT ON COLUMN out.leaks.name IS 'The name that the answer gives.';
COMMENT ON COLUMN out.leaks.surface IS 'How the answerer says it is written.';
COMMENT ON COLUMN out.leaks.is_question_term IS 'True where the name is one of the question''s own terms; false where it is of no known origin.';

CREATE VIEW out.leak_audit AS
SELECT b.run_id, qv.question_id, f.name AS answerer, count(*) AS answered_count,
       count(*) FILTER (WHERE l.leaked) AS leaked_count,
       CAST(count(*) FILTER (WHERE l.leaked) AS double precision) / count(*) AS leak_ratio
FROM core.ballot b
JOIN core.document d USING (document_id)
JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM out.leaks k
                   WHERE k.run_id = b.run_id AND k.work_id = d.work_id AND k.question_id = qv.question_id
                     AND k.answerer = f.name) AS leaked
) AS l
WHERE b.state = 'answered'
GROUP BY b.run_id, qv.question_id, f.name;
COMMENT ON VIEW out.leak_audit IS 'Share of a night''s answers that name something which stands nowhere in the paper; the founding study had 27 %. Grain: run × question × answerer.';
COMMENT ON COLUMN out.leak_audit.run_id IS 'The run.';
COMMENT ON COLUMN out.leak_audit.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.leak_audit.answerer IS 'Whose ballots.';
COMMENT ON COLUMN out.leak_audit.answered_count IS 'Answered ballots.';
COMMENT ON COLUMN out.leak_audit.leaked_count IS 'Of those, with at least one name that leaked.';
COMMENT ON COLUMN out.leak_audit.leak_ratio IS 'leaked_count / answered_count, 0..1.';

CREATE VIEW out.answer_priors AS
WITH asked AS (
    SELECT b.run_id, qv.question_id, f.name AS answerer, count(*) AS cell_count,
           count(*) FILTER (WHERE b.state = 'answered') AS answered_count
    FROM core.ballot b
    JOIN core.question_version qv USING (question_version_id)
    JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
    WHERE b.state IN ('answered', 'not_reported')
    GROUP BY b.run_id, qv.question_id, f.name
), named AS (
    SELECT b.run_id, qv.question_id, f.name AS answerer, item.value ->> 'name' AS name,
           count(DISTINCT b.document_id) AS paper_count
    FROM core.ballot b
    JOIN core.question_version qv USING (question_version_id)
    JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
    CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(b.value) = 'array' THEN b.value ELSE '[]' END) AS item(value)
    WHERE b.state = 'answered' AND jsonb_typeof(item.value) = 'object' AND item.value ->> 'name' <> ''
    GROUP BY b.run_id, qv.question_id, f.name, item.value ->> 'name'
), commonest AS (
    SELECT DISTINCT ON (run_id, question_id, answerer) run_id, question_id, answerer, name, paper_count
    FROM named ORDER BY run_id, question_id, answerer, paper_count DESC, name
)
SELECT a.run_id, a.question_id, a.answerer, a.cell_count, a.answered_count,
       CAST(a.answered_count AS double precision) / a.cell_count AS answered_ratio,
       CAST(sum(a.answered_count) OVER earlier AS double precision) / nullif(sum(a.cell_count) OVER earlier, 0) AS answered_ratio_before,
       c.name AS commonest_name,
       CAST(c.paper_count AS double precision) / nullif(a.answered_count, 0) AS commonest_ratio
FROM asked a
LEFT JOIN commonest c USING (run_id, question_id, answerer)
WINDOW earlier AS (PARTITION BY a.question_id, a.answerer ORDER BY a.run_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
COMMENT ON VIEW out.answer_priors IS 'How often a question is answered at all and with the same name, to see an answerer that answers by habit or drifts. Grain: run × question × answerer.';
COMMENT ON COLUMN out.answer_priors.run_id IS 'The run.';
COMMENT ON COLUMN out.answer_priors.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.answer_priors.answerer IS 'Whose ballots.';
COMMENT ON COLUMN out.answer_priors.cell_count IS 'Ballots that are answered or not_reported.';
COMMENT ON COLUMN out.answer_priors.answered_count IS 'Of those, answered.';
COMMENT ON COLUMN out.answer_priors.answered_ratio IS 'answered_count / cell_count, 0..1.';
COMMENT ON COLUMN out.answer_priors.answered_ratio_before IS 'The same over all earlier runs; NULL in the first.';
COMMENT ON COLUMN out.answer_priors.commonest_name IS 'The name that most of the answered papers got; NULL where answers have no names.';
COMMENT ON COLUMN out.answer_priors.commonest_ratio IS 'Share of the answered papers that got it, 0..1: near 1 the answerer may not be reading.';
