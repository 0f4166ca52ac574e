CREATE VIEW out.papers AS
SELECT w.work_id, w.name AS paper, d.title, d.doi, d.year, d.venue, ft.media_type, ft.sha256, p.name AS parser,
       CASE WHEN cd.status = 'parsed' THEN 'readable' WHEN cd.status = 'unreadable' THEN 'unreadable'
            WHEN i.state = 'failed' THEN 'failed' ELSE 'waiting' END AS state,
       coalesce(cd.code, i.code) AS code, coalesce(cd.detail, i.detail) AS detail,
       d.page_count, d.body_char_count, d.heading_count, d.reference_count, d.stopword_ratio, d.text_layer,
       d.hidden_char_count, d.noise_char_count, w.first_seen_at, d.parsed_at,
       q.link, q.basis AS quote_basis, r.licence_spdx AS licence, nullif(q.view_chars, 2147483647) AS quote_limit,
       ft.version, r.oa_status, coalesce(e.status, 'none_known') AS integrity_status, e.event_date AS integrity_date
FROM core.current_document cd
JOIN core.work w USING (work_id)
JOIN core.full_text ft USING (full_text_id)
JOIN core.fingerprint p ON p.fingerprint_id = cd.parser_id
LEFT JOIN core.document d USING (document_id)
LEFT JOIN core.quote_right q ON q.document_id = cd.document_id
LEFT JOIN ops.item i ON i.stage = 'parse' AND i.subject_id = cd.full_text_id AND i.recipe_id = cd.parser_id
    AND i.state IN ('failed', 'excluded')
LEFT JOIN LATERAL (
    SELECT licence_spdx, oa_status FROM core.rights r WHERE r.full_text_id = cd.full_text_id
    ORDER BY r.licence_spdx IS NULL, r.decided_at, r.source, r.url LIMIT 1) r ON true
LEFT JOIN out.integrity e ON e.work_id = cd.work_id;
COMMENT ON VIEW out.papers IS 'Every paper and how well it could be read. Grain: one work.';
COMMENT ON COLUMN out.papers.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.papers.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.papers.title IS 'Title as read.';
COMMENT ON COLUMN out.papers.doi IS 'DOI the paper states of itself.';
COMMENT ON COLUMN out.papers.year IS 'Year of publication the paper states.';
COMMENT ON COLUMN out.papers.venue IS 'Journal or conference the paper states.';
COMMENT ON COLUMN out.papers.media_type IS 'Decided by the bytes.';
COMMENT ON COLUMN out.papers.sha256 IS 'SHA-256 of the bytes.';
COMMENT ON COLUMN out.papers.parser IS 'The reader in force for it.';
COMMENT ON COLUMN out.papers.state IS 'readable, unreadable, failed or waiting.';
COMMENT ON COLUMN out.papers.code IS 'Outcome code where it is unreadable or failed.';
COMMENT ON COLUMN out.papers.detail IS 'What happened, in words.';
COMMENT ON COLUMN out.papers.page_count IS 'Pages; 0 for sources without pages.';
COMMENT ON COLUMN out.papers.body_char_count IS 'Characters of the body.';
COMMENT ON COLUMN out.papers.heading_count IS 'Headings found.';
COMMENT ON COLUMN out.papers.reference_count IS 'Reference entries found.';
COMMENT ON COLUMN out.papers.stopword_ratio IS 'Share of English stop words, 0..1.';
COMMENT ON COLUMN out.papers.text_layer IS 'ok, garbled, recovered or none.';
COMMENT ON COLUMN out.papers.hidden_char_count IS 'Characters kept aside because a reader cannot see them.';
COMMENT ON COLUMN out.papers.noise_char_count IS 'Characters of running heads and stamps, kept aside.';
COMMENT ON COLUMN out.papers.first_seen_at IS 'When the work was first seen.';
COMMENT ON COLUMN out.papers.parsed_at IS 'When this reading was made.';
COMMENT ON COLUMN out.papers.link IS 'Its DOI as an address, else its page at an archive, else where its bytes were taken; NULL where nothing is known.';
COMMENT ON COLUMN out.papers.quote_basis IS 'licence (it allows whole quotes), no_licence (none is known that does) or own_copy (out of a folder); NULL until it is read.';
COMMENT ON COLUMN out.papers.quote_limit IS 'Longest quote that views show, characters; NULL where there is no limit.';
COMMENT ON COLUMN out.papers.version IS 'published, accepted, preprint or unknown: which version was read; all are in out.versions.';
COMMENT ON COLUMN out.papers.licence IS 'SPDX name of its licence; NULL where unknown and for a folder.';
COMMENT ON COLUMN out.papers.oa_status IS 'Open-access status as the source tells it; NULL for a folder.';
COMMENT ON COLUMN out.papers.integrity_status IS 'retracted, concern, corrected or none_known; out.integrity names source and notice.';
COMMENT ON COLUMN out.papers.integrity_date IS 'Day of its notice; NULL where none is told.';
