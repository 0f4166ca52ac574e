-- On which hardware are models trained, and which numbers come with it?
-- Grain: kind of hardware × unit; a NULL unit holds plain counts and names without a number.
SELECT name AS hardware, unit, count(DISTINCT work_id) AS paper_count, count(number) AS number_count,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY number) AS median_number,
       string_agg(DISTINCT surface, '; ' ORDER BY surface) AS written_as
FROM out.measurements
WHERE question_key = 'hardware'
GROUP BY name, unit
ORDER BY paper_count DESC, hardware, unit;
