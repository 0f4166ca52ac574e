-- How many papers share their code, as answered and corrected by what people found in a random sample?
-- Grain: year (NULL: all years). Where too few papers are labelled, correction_reason says so; intervals are of 95 %.
SELECT p.year, p.answered_count, round(CAST(p.raw_share AS numeric), 3) AS raw_share, p.label_count,
       round(CAST(p.corrected_share AS numeric), 3) AS corrected_share, round(CAST(p.corrected_low AS numeric), 3) AS corrected_low,
       round(CAST(p.corrected_high AS numeric), 3) AS corrected_high, p.correction_reason
FROM out.prevalence p
WHERE p.question_id = (SELECT c.question_id FROM out.catalogue c WHERE c.question_key = 'code_url') AND p.rater_kind = 'decision'
ORDER BY p.year NULLS FIRST;
