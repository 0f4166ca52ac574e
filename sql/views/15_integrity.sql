CREATE VIEW out.work_events AS
SELECT e.work_id, w.name AS paper, e.kind, e.event_date, e.source, e.notice_doi, e.detail, e.first_seen_at
FROM core.work_event e JOIN core.work w USING (work_id);
COMMENT ON VIEW out.work_events IS 'Retractions, corrections and expressions of concern, with who told them. Grain: work × kind × source × notice × day.';
COMMENT ON COLUMN out.work_events.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.work_events.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.work_events.kind IS 'retraction, correction, concern or reinstatement.';
COMMENT ON COLUMN out.work_events.event_date IS 'Day of the notice; NULL where the source tells none.';
COMMENT ON COLUMN out.work_events.source IS 'The source that told it.';
COMMENT ON COLUMN out.work_events.notice_doi IS 'DOI of the notice; NULL where the source names none. Untrusted text.';
COMMENT ON COLUMN out.work_events.detail IS 'The source''s own word for it. Untrusted text.';
COMMENT ON COLUMN out.work_events.first_seen_at IS 'When it came to be known here.';

CREATE VIEW out.integrity AS
-- A source that took its own retraction back says nothing any more; another source still does.
WITH said AS (
    SELECT e.work_id, e.kind, e.event_date, e.source, e.notice_doi,
           NOT EXISTS (SELECT FROM core.work_event r WHERE r.work_id = e.work_id AND r.source = e.source
                       AND r.kind = 'reinstatement' AND r.first_seen_at > e.first_seen_at) AS stands
    FROM core.work_event e WHERE e.kind <> 'reinstatement'
)
SELECT DISTINCT ON (work_id) work_id,
       CASE kind WHEN 'retraction' THEN 'retracted' WHEN 'concern' THEN 'concern' ELSE 'corrected' END AS status,
       event_date, source, notice_doi
FROM said WHERE stands
ORDER BY work_id, array_position(ARRAY['retraction', 'concern', 'correction'], kind), event_date DESC NULLS LAST, source;
COMMENT ON VIEW out.integrity IS 'The gravest thing that still stands against a work, with who said it. Grain: one work with a notice; works without have no row.';
COMMENT ON COLUMN out.integrity.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.integrity.status IS 'retracted, concern or corrected.';
COMMENT ON COLUMN out.integrity.event_date IS 'Day of the notice; NULL where the source tells none.';
COMMENT ON COLUMN out.integrity.source IS 'The source that told it.';
COMMENT ON COLUMN out.integrity.notice_doi IS 'DOI of the notice; NULL where the source names none. Untrusted text.';
