CREATE VIEW out.prisma_records AS
WITH latest AS (
    SELECT DISTINCT ON (s.source, s.locator) s.*
    FROM ops.sighting s ORDER BY s.source, s.locator, s.sighting_id DESC
)
SELECT l.source AS collection,
       CASE WHEN l.source LIKE 'corpus:%' THEN split_part(split_part(l.locator, ' ', 1), ':', 1) ELSE 'folder' END AS source,
       l.locator AS record, ft.work_id, x.stage,
       CASE x.stage WHEN 'duplicate' THEN 'duplicate'
            WHEN 'read_out' THEN CASE WHEN i.status = 'retracted' THEN 'retracted' ELSE coalesce(cd.code, l.final_code) END
            WHEN 'screened_out' THEN l.code WHEN 'not_retrieved' THEN coalesce(l.code, 'unknown')
            WHEN 'waiting' THEN CASE WHEN l.full_text_id IS NULL THEN 'not fetched yet' ELSE 'not read yet' END END AS reason,
       x.stage = 'included' AND l.final_outcome = 'answered' AS is_answered, l.run_id
FROM latest l
LEFT JOIN core.full_text ft USING (full_text_id)
LEFT JOIN core.current_document cd ON cd.work_id = ft.work_id
LEFT JOIN out.integrity i ON i.work_id = ft.work_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN l.outcome = 'duplicate' THEN 'duplicate'
    WHEN l.outcome = 'excluded' AND l.code IN ('licence', 'out_of_scope', 'taken_down') THEN 'screened_out'
    WHEN l.outcome IN ('excluded', 'failed') THEN 'not_retrieved'
    WHEN l.full_text_id IS NULL THEN 'waiting'
    WHEN i.status = 'retracted' OR cd.status = 'unreadable' OR l.final_outcome IN ('excluded', 'failed') THEN 'read_out'
    WHEN cd.status = 'parsed' THEN 'included'
    ELSE 'waiting' END AS stage) x;
COMMENT ON VIEW out.prisma_records IS 'Where each record stands in the flow of PRISMA 2020, by its latest sighting. Grain: one record, that is one place of one collection.';
COMMENT ON COLUMN out.prisma_records.collection IS 'corpus:name, or the folder.';
COMMENT ON COLUMN out.prisma_records.source IS 'Source within the corpus; folder for a folder.';
COMMENT ON COLUMN out.prisma_records.record IS 'Place within the collection. Untrusted text.';
COMMENT ON COLUMN out.prisma_records.work_id IS 'The work; NULL where no bytes were taken.';
COMMENT ON COLUMN out.prisma_records.stage IS 'Where it left the flow: duplicate, screened_out (before its text was asked for), not_retrieved, read_out (after its text was here), waiting, or included.';
COMMENT ON COLUMN out.prisma_records.reason IS 'Why; NULL for what is included.';
COMMENT ON COLUMN out.prisma_records.is_answered IS 'True where it is included and all its questions are decided.';
COMMENT ON COLUMN out.prisma_records.run_id IS 'The run that saw it last.';

CREATE VIEW out.prisma AS
SELECT 1 AS step, collection, 'identified' AS stage, source AS reason, count(*) AS record_count
FROM out.prisma_records GROUP BY collection, source
UNION ALL
SELECT array_position(ARRAY['identified', 'duplicate', 'screened_out', 'not_retrieved', 'read_out', 'waiting', 'included'], stage),
       collection, stage, coalesce(reason, ''), count(*)
FROM out.prisma_records GROUP BY collection, stage, coalesce(reason, '')
UNION ALL
SELECT 8, collection, 'answered', '', count(*) FROM out.prisma_records WHERE is_answered GROUP BY collection;
COMMENT ON VIEW out.prisma IS 'The counts of a PRISMA 2020 flow: identified = duplicate + screened_out + not_retrieved + read_out + waiting + included, exactly; answered is a part of included. Grain: collection × stage × reason.';
COMMENT ON COLUMN out.prisma.step IS 'Order of the stages, from 1.';
COMMENT ON COLUMN out.prisma.collection IS 'corpus:name, or the folder.';
COMMENT ON COLUMN out.prisma.stage IS 'identified, duplicate, screened_out, not_retrieved, read_out, waiting, included or answered.';
COMMENT ON COLUMN out.prisma.reason IS 'The source for identified, else why; empty where there is no reason.';
COMMENT ON COLUMN out.prisma.record_count IS 'Records.';
