CREATE VIEW out.versions AS
SELECT ft.work_id, w.name AS paper, ft.sha256, ft.version, ft.media_type, ft.full_text_id = cd.full_text_id AS is_canonical,
       r.licence_spdx, r.licence_raw, r.licence_source, r.oa_status, r.tdm_basis, r.tdm_reserved, r.quote_limit,
       r.policy, r.url, ft.byte_count, ft.fetched_at
FROM core.full_text ft
JOIN core.work w USING (work_id)
LEFT JOIN core.current_document cd USING (work_id)
-- Of several sources the one with a licence speaks, then the one that was first.
LEFT JOIN LATERAL (
    SELECT * FROM core.rights r WHERE r.full_text_id = ft.full_text_id
    ORDER BY r.licence_spdx IS NULL, r.decided_at, r.source, r.url LIMIT 1) r ON true;
COMMENT ON VIEW out.versions IS 'Every version of every work with its rights. Grain: one content.';
COMMENT ON COLUMN out.versions.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.versions.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.versions.sha256 IS 'SHA-256 of the bytes.';
COMMENT ON COLUMN out.versions.version IS 'published, accepted, preprint or unknown.';
COMMENT ON COLUMN out.versions.media_type IS 'Decided by the bytes.';
COMMENT ON COLUMN out.versions.is_canonical IS 'True for the version that is read and asked.';
COMMENT ON COLUMN out.versions.licence_spdx IS 'SPDX name of the licence; NULL where unknown.';
COMMENT ON COLUMN out.versions.licence_raw IS 'The licence as the source writes it. Untrusted text.';
COMMENT ON COLUMN out.versions.licence_source IS 'Where it was found; NULL for a folder.';
COMMENT ON COLUMN out.versions.oa_status IS 'Open-access status as the source tells it.';
COMMENT ON COLUMN out.versions.tdm_basis IS 'Why the text may be mined: cc, tdm_licence, override or unknown; NULL for a folder.';
COMMENT ON COLUMN out.versions.tdm_reserved IS 'True where rights are reserved in machine-readable form.';
COMMENT ON COLUMN out.versions.quote_limit IS 'Longest quote in characters; NULL where the licence sets no limit.';
COMMENT ON COLUMN out.versions.policy IS 'The corpus and the rule of it that let the bytes in.';
COMMENT ON COLUMN out.versions.url IS 'Where the bytes were taken, without the query. Untrusted text.';
COMMENT ON COLUMN out.versions.byte_count IS 'Size in bytes.';
COMMENT ON COLUMN out.versions.fetched_at IS 'When the bytes were taken.';

CREATE VIEW out.identifiers AS
SELECT i.work_id, i.scheme, i.value, i.source, i.authority, i.first_seen_at FROM core.identifier i;
COMMENT ON VIEW out.identifiers IS 'Names that others know a work by. Grain: name × work × who told it.';
COMMENT ON COLUMN out.identifiers.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.identifiers.scheme IS 'doi, pmid, pmcid, arxiv, openalex or oai.';
COMMENT ON COLUMN out.identifiers.value IS 'The name in its normal form. Untrusted text.';
COMMENT ON COLUMN out.identifiers.source IS 'The source that told it.';
COMMENT ON COLUMN out.identifiers.authority IS 'Who gives such names out; unknown where the source does not say.';
COMMENT ON COLUMN out.identifiers.first_seen_at IS 'When it was first told.';

CREATE VIEW out.match_candidates AS
SELECT c.work_id, a.name AS paper, c.other_work_id, b.name AS other_paper, c.reason, c.detail, c.score,
       v.verdict, v.decided_by, v.decided_at, c.found_at
FROM core.match_candidate c
JOIN core.work a ON a.work_id = c.work_id
JOIN core.work b ON b.work_id = c.other_work_id
LEFT JOIN LATERAL (
    SELECT * FROM core.match_verdict v WHERE v.work_id = c.work_id AND v.other_work_id = c.other_work_id
    ORDER BY v.decided_at DESC LIMIT 1) v ON true
WHERE NOT EXISTS (SELECT FROM core.work_merge m WHERE m.work_id IN (c.work_id, c.other_work_id));
COMMENT ON VIEW out.match_candidates IS 'Works that may be one, for people to look at; nothing is merged on a title alone. Grain: pair of works × reason; a pair that was merged has no row.';
COMMENT ON COLUMN out.match_candidates.work_id IS 'Key of the one.';
COMMENT ON COLUMN out.match_candidates.paper IS 'Its name. Untrusted text.';
COMMENT ON COLUMN out.match_candidates.other_work_id IS 'Key of the other.';
COMMENT ON COLUMN out.match_candidates.other_paper IS 'Its name. Untrusted text.';
COMMENT ON COLUMN out.match_candidates.reason IS 'title, conflict or doubtful_name.';
COMMENT ON COLUMN out.match_candidates.detail IS 'What was found. Untrusted text.';
COMMENT ON COLUMN out.match_candidates.score IS 'Likeness of the titles, 0..1; NULL where none was measured.';
COMMENT ON COLUMN out.match_candidates.verdict IS 'same or different; NULL while nobody has looked.';
COMMENT ON COLUMN out.match_candidates.decided_by IS 'Who looked.';
COMMENT ON COLUMN out.match_candidates.decided_at IS 'When.';
COMMENT ON COLUMN out.match_candidates.found_at IS 'When it was found.';

CREATE VIEW out.merges AS
SELECT m.work_id, m.into_work_id, w.name AS paper, m.reason, m.decided_by, m.merged_at
FROM core.work_merge m JOIN core.work w ON w.work_id = m.into_work_id;
COMMENT ON VIEW out.merges IS 'Works that turned out to be others; out.answers_history still has their answers. Grain: one work that is no more.';
COMMENT ON COLUMN out.merges.work_id IS 'The work that is no more.';
COMMENT ON COLUMN out.merges.into_work_id IS 'The work it is.';
COMMENT ON COLUMN out.merges.paper IS 'Name of that work. Untrusted text.';
COMMENT ON COLUMN out.merges.reason IS 'The shared name, or a person''s words.';
COMMENT ON COLUMN out.merges.decided_by IS 'A person, or rule.';
COMMENT ON COLUMN out.merges.merged_at IS 'When.';

CREATE VIEW out.takedowns AS
SELECT t.work_id, w.name AS paper, t.reason, t.decided_by, t.decided_at, t.removed, t.bytes_removed_at
FROM core.takedown t JOIN core.work w USING (work_id);
COMMENT ON VIEW out.takedowns IS 'Works whose text had to go, and what went. Grain: one work.';
COMMENT ON COLUMN out.takedowns.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.takedowns.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.takedowns.reason IS 'Why.';
COMMENT ON COLUMN out.takedowns.decided_by IS 'Who decided.';
COMMENT ON COLUMN out.takedowns.decided_at IS 'When.';
COMMENT ON COLUMN out.takedowns.removed IS 'Rows removed by table.';
COMMENT ON COLUMN out.takedowns.bytes_removed_at IS 'When the stored bytes were gone; NULL until then.';
