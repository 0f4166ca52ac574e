CREATE VIEW out.parser_quality AS
WITH failure AS (
    SELECT i.recipe_id AS parser_id, count(*) AS failed_count
    FROM ops.item i
    WHERE i.stage = 'parse' AND i.state IN ('failed', 'excluded')
      AND NOT EXISTS (SELECT FROM core.document d
                      WHERE d.full_text_id = i.subject_id AND d.parser_id = i.recipe_id)
    GROUP BY i.recipe_id
), reading AS (
    SELECT d.parser_id,
           count(*) AS paper_count,
           count(*) FILTER (WHERE d.status = 'parsed') AS readable_count,
           count(*) FILTER (WHERE d.quality_detail ? 'fallback') AS fallback_count,
           avg(d.heading_count) FILTER (WHERE d.status = 'parsed') AS mean_headings,
           avg(d.reference_count) FILTER (WHERE d.status = 'parsed') AS mean_references,
           count(*) FILTER (WHERE d.status = 'parsed' AND d.reference_count = 0) AS without_references_count,
           sum(d.hidden_char_count) AS hidden_char_count,
           count(*) FILTER (WHERE d.hidden_char_count > 0) AS hidden_count,
           sum(d.noise_char_count) AS noise_char_count,
           avg(d.stopword_ratio) FILTER (WHERE d.status = 'parsed') AS mean_stopword_ratio,
           avg((d.quality_detail ->> 'own_found')::numeric) AS mean_own_found,
           max(d.parsed_at) AS last_parsed_at
    FROM core.document d
    GROUP BY d.parser_id
)
SELECT p.fingerprint_id AS parser_id, p.name AS parser,
       EXISTS (SELECT FROM ops.active_fingerprint a
               WHERE a.stage = 'parse' AND a.fingerprint_id = p.fingerprint_id) AS is_in_force,
       coalesce(r.paper_count, 0) + coalesce(f.failed_count, 0) AS paper_count,
       coalesce(r.readable_count, 0) AS readable_count,
       round(coalesce(r.readable_count, 0)::numeric
             / nullif(coalesce(r.paper_count, 0) + coalesce(f.failed_count, 0), 0), 4) AS readable_share,
       coalesce(f.failed_count, 0) AS failed_count,
       coalesce(r.fallback_count, 0) AS fallback_count,
       round(r.mean_headings, 2) AS mean_headings,
       round(r.mean_references, 2) AS mean_references,
       coalesce(r.without_references_count, 0) AS without_references_count,
       coalesce(r.hidden_char_count, 0) AS hidden_char_count,
       coalesce(r.hidden_count, 0) AS hidden_count,
       coalesce(r.noise_char_count, 0) AS noise_char_count,
       round(r.mean_stopword_ratio::numeric, 4) AS mean_stopword_ratio,
       round(r.mean_own_found, 4) AS mean_own_found,
       r.last_parsed_at
FROM core.fingerprint p
LEFT JOIN reading r ON r.parser_id = p.fingerprint_id
LEFT JOIN failure f ON f.parser_id = p.fingerprint_id
WHERE p.stage = 'parse' AND (r.parser_id IS NOT NULL OR f.parser_id IS NOT NULL);
COMMENT ON VIEW out.parser_quality IS 'How well each reader did on all papers it was given; old readers stay for comparison. Grain: one parser fingerprint that met a paper.';
COMMENT ON COLUMN out.parser_quality.parser_id IS 'Key of the parser fingerprint.';
COMMENT ON COLUMN out.parser_quality.parser IS 'Name and version of the reader; several fingerprints may share it.';
COMMENT ON COLUMN out.parser_quality.is_in_force IS 'True where the next night would read with it.';
COMMENT ON COLUMN out.parser_quality.paper_count IS 'Full texts it was given, failed ones included.';
COMMENT ON COLUMN out.parser_quality.readable_count IS 'Of these, how many may be asked questions.';
COMMENT ON COLUMN out.parser_quality.readable_share IS 'readable_count / paper_count, 0..1.';
COMMENT ON COLUMN out.parser_quality.failed_count IS 'Full texts of which no document came.';
COMMENT ON COLUMN out.parser_quality.fallback_count IS 'Papers that another reader had to read in its place.';
COMMENT ON COLUMN out.parser_quality.mean_headings IS 'Headings a readable paper; NULL without one.';
COMMENT ON COLUMN out.parser_quality.mean_references IS 'Reference entries a readable paper; NULL without one.';
COMMENT ON COLUMN out.parser_quality.without_references_count IS 'Readable papers whose reference list was not found.';
COMMENT ON COLUMN out.parser_quality.hidden_char_count IS 'Characters kept aside because nobody can see them, all papers.';
COMMENT ON COLUMN out.parser_quality.hidden_count IS 'Papers with such characters.';
COMMENT ON COLUMN out.parser_quality.noise_char_count IS 'Characters of running heads and stamps kept aside, all papers.';
COMMENT ON COLUMN out.parser_quality.mean_stopword_ratio IS 'Mean share of English stop words over the readable papers, 0..1; NULL without one.';
COMMENT ON COLUMN out.parser_quality.mean_own_found IS 'Mean share of our own PDF reader''s text that this reader found too, 0..1; NULL where only one of them read.';
COMMENT ON COLUMN out.parser_quality.last_parsed_at IS 'When it last read a paper.';
