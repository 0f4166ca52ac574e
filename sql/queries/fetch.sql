-- name: insert_sightings
-- A place already known with the same etag is done at once: its bytes are not read again. What was set aside before
-- for the reason that holds now is set aside again without a word, and where no copy was known it is looked for once
-- a week. Of the rest a run takes as many as it may; the others stay for the next.
-- Numbered in the source's order: of two copies the first gives the work its name.
INSERT INTO ops.sighting (run_id, source, locator, etag, outcome, full_text_id, code, detail)
SELECT :run_id, s.source, s.locator, s.etag, s.outcome, s.full_text_id, s.code, s.detail
FROM (
    SELECT f.source, f.locator, f.etag, l.full_text_id, f.place, e.code, e.detail, x.outcome,
           count(*) FILTER (WHERE x.outcome = 'found') OVER (ORDER BY f.place) AS turn
    FROM unnest(CAST(:sources AS text[]), CAST(:locators AS text[]), CAST(:etags AS text[]), CAST(:codes AS text[]))
         WITH ORDINALITY AS f(source, locator, etag, code, place)
    LEFT JOIN core.location l USING (source, locator, etag)
    LEFT JOIN LATERAL (
        SELECT b.code, b.detail FROM ops.failure b
        JOIN ops.sighting o ON o.sighting_id = b.subject_id AND o.source = f.source AND o.etag = f.etag
        JOIN ops.item i ON i.stage = 'fetch' AND i.subject_id = b.subject_id AND i.state = 'excluded'
        WHERE b.stage = 'fetch' AND b.locator = f.locator AND b.is_exclusion AND l.full_text_id IS NULL
          AND (b.code = f.code
               OR (b.code = 'no_full_text' AND b.failed_at > clock_timestamp() - interval '7 days'))
        ORDER BY b.failure_id DESC LIMIT 1) e ON true
    CROSS JOIN LATERAL (SELECT CASE WHEN l.full_text_id IS NOT NULL THEN 'known' WHEN e.code IS NOT NULL THEN 'excluded'
                               ELSE 'found' END AS outcome) x) s
WHERE s.outcome <> 'found' OR CAST(:maximum AS integer) IS NULL OR s.turn <= :maximum
ORDER BY s.place
ON CONFLICT (run_id, source, locator) DO NOTHING;

-- name: load_sighting
SELECT sighting_id, source, locator, etag FROM ops.sighting WHERE sighting_id = :sighting_id;

-- name: insert_work
INSERT INTO core.work (work_id, name) VALUES (:work_id, :name) ON CONFLICT (work_id) DO NOTHING;

-- name: insert_full_text
INSERT INTO core.full_text (full_text_id, work_id, sha256, media_type, byte_count, store_path, version)
VALUES (:full_text_id, :work_id, :sha256, :media_type, :byte_count, :store_path, :version)
ON CONFLICT (full_text_id) DO NOTHING
RETURNING full_text_id;

-- name: insert_location
INSERT INTO core.location (source, locator, etag, full_text_id)
VALUES (:source, :locator, :etag, :full_text_id)
ON CONFLICT (source, locator, etag) DO NOTHING;

-- name: end_sighting
UPDATE ops.sighting SET outcome = :outcome, full_text_id = :full_text_id, code = :code, detail = :detail
WHERE sighting_id = :sighting_id;

-- name: mark_duplicates
-- Of several places with one work in a run, the first by name stands; the others are duplicates. Of one work, or of all.
UPDATE ops.sighting s SET outcome = 'duplicate', code = 'duplicate',
       detail = CASE WHEN s.full_text_id = f.full_text_id THEN 'same content as ' ELSE 'another version of ' END || f.locator
FROM (SELECT DISTINCT ON (ft.work_id) ft.work_id, o.full_text_id, o.sighting_id, o.locator
      FROM ops.sighting o JOIN core.full_text ft USING (full_text_id)
      WHERE o.run_id = :run_id AND (CAST(:work_id AS bigint) IS NULL OR ft.work_id = :work_id)
      ORDER BY ft.work_id, o.source, o.locator) f
JOIN core.full_text g ON g.work_id = f.work_id
WHERE s.run_id = :run_id AND s.full_text_id = g.full_text_id AND s.sighting_id <> f.sighting_id
  AND s.outcome <> 'duplicate';

-- name: load_full_text
SELECT full_text_id, work_id, sha256, media_type, byte_count, store_path
FROM core.full_text WHERE full_text_id = :full_text_id;

-- name: untaken
SELECT s.locator AS paper, s.outcome, s.code, coalesce(s.detail, '') AS detail FROM ops.sighting s
WHERE s.run_id = :run_id AND s.outcome IN ('excluded', 'failed') ORDER BY s.outcome DESC, s.code, s.locator LIMIT 1000;
