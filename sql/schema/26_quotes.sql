-- How much of a paper's words may be shown, and where its reader is sent. Views of out ask this, never their readers.
CREATE TABLE ops.quote_policy (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    own_quotes text NOT NULL CHECK (own_quotes IN ('excerpt', 'in_house', 'full')),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE ops.quote_policy IS 'publish: how papers are quoted whose licence no source has told, that is copies out of a folder. Grain: one row, or none for in_house.';
COMMENT ON COLUMN ops.quote_policy.is_only IS 'Always true, so that there is one row.';
COMMENT ON COLUMN ops.quote_policy.own_quotes IS 'excerpt: 200 characters everywhere; in_house: whole quotes in views, 200 characters in exports; full: whole quotes everywhere.';
COMMENT ON COLUMN ops.quote_policy.changed_at IS 'By the database clock.';

-- 200 characters: Elsevier's text-mining terms, the tightest we know. 2147483647 stands for no limit, since left()
-- takes no infinity. A licence that one source tells stands, whatever others are silent about.
CREATE VIEW core.quote_right AS
SELECT d.document_id,
       CASE WHEN r.source_count = 0 THEN 'own_copy' WHEN r.char_limit = 2147483647 THEN 'licence' ELSE 'no_licence' END AS basis,
       r.licence,
       CASE WHEN r.source_count > 0 THEN r.char_limit WHEN p.own_quotes = 'excerpt' THEN 200 ELSE 2147483647 END AS view_chars,
       CASE WHEN r.source_count > 0 THEN r.char_limit WHEN p.own_quotes = 'full' THEN 2147483647 ELSE 200 END AS export_chars,
       CASE WHEN r.source_count > 0 THEN 'no licence is known that allows more'
            ELSE 'a copy out of a folder, whose licence nobody has told' END AS reason,
       coalesce('https://doi.org/' || replace(replace(replace(replace(replace(coalesce(d.doi, i.doi),
                    '%', '%25'), '#', '%23'), '?', '%3F'), '<', '%3C'), '>', '%3E'),
                'https://pmc.ncbi.nlm.nih.gov/articles/' || i.pmcid, 'https://arxiv.org/abs/' || i.arxiv,
                'https://pubmed.ncbi.nlm.nih.gov/' || i.pmid, r.url) AS link
FROM core.document d
CROSS JOIN (SELECT coalesce(max(own_quotes), 'in_house') AS own_quotes FROM ops.quote_policy) p
LEFT JOIN LATERAL (
    SELECT count(*) AS source_count, max(coalesce(quote_limit, 2147483647)) AS char_limit,
           min(licence_spdx) FILTER (WHERE quote_limit IS NULL) AS licence,
           min(url) FILTER (WHERE url ~ '^https?://') AS url
    FROM core.rights WHERE full_text_id = d.full_text_id) r ON true
LEFT JOIN LATERAL (
    SELECT min(value) FILTER (WHERE scheme = 'doi') AS doi, min(value) FILTER (WHERE scheme = 'pmcid') AS pmcid,
           min(value) FILTER (WHERE scheme = 'arxiv') AS arxiv, min(value) FILTER (WHERE scheme = 'pmid') AS pmid
    FROM core.identifier WHERE work_id = d.work_id) i ON true;
COMMENT ON VIEW core.quote_right IS 'publish: how long a quote of a reading may be, why, and where the paper is found. Grain: one document.';
COMMENT ON COLUMN core.quote_right.document_id IS 'The reading.';
COMMENT ON COLUMN core.quote_right.basis IS 'licence (one that sets no limit), no_licence (a source was asked and told none that allows more) or own_copy (out of a folder: no source was asked).';
COMMENT ON COLUMN core.quote_right.licence IS 'SPDX name of the licence that sets no limit; NULL where there is none.';
COMMENT ON COLUMN core.quote_right.view_chars IS 'Longest quote that views show, characters; 2147483647 for no limit.';
COMMENT ON COLUMN core.quote_right.export_chars IS 'Longest quote that exports hold, characters; 2147483647 for no limit.';
COMMENT ON COLUMN core.quote_right.reason IS 'Why it may not be longer, in words.';
COMMENT ON COLUMN core.quote_right.link IS 'The DOI as an address, else the page at PubMed Central, arXiv or PubMed, else where the bytes were taken; NULL where nothing is known.';
