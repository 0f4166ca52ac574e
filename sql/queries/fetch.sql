-- name: insert_sightings
-- A place already known with the same etag is done at once: its bytes are not read again.
-- Numbered in the source's order: of two copies the first gives the work its name.
INSERT INTO ops.sighting (run_id, source, locator, etag, outcome, full_text_id)
SELECT :run_id, f.source, f.locator, f.etag,
       CASE WHEN l.full_text_id IS NULL THEN 'found' ELSE 'known' END, l.full_text_id
FROM unnest(CAST(:sources AS text[]), CAST(:locators AS text[]), CAST(:etags AS text[])) WITH ORDINALITY AS f(source, locator, etag, place)
LEFT JOIN core.location l USING (source, locator, etag)
ORDER BY f.place
ON CONFLICT (run_id, source, locator) DO NOTHING;

-- name: load_sighting
SELECT sighting_id, source, locator, etag FROM ops.sighting WHERE sighting_id = :sighting_id;

-- name: insert_work
INSERT INTO core.work (work_id, name) VALUES (:work_id, :name) ON CONFLICT (work_id) DO NOTHING;

-- name: insert_full_text
INSERT INTO core.full_text (full_text_id, work_id, sha256, media_type, byte_count, store_path)
VALUES (:full_text_id, :work_id, :sha256, :media_type, :byte_count, :store_path)
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
-- Of several places with one content in a run, the first by name stands; the others are duplicates.
UPDATE ops.sighting s SET outcome = 'duplicate', code = 'duplicate',
       detail = 'same content as ' || f.locator
FROM (SELECT DISTINCT ON (full_text_id) full_text_id, sighting_id, source, locator FROM ops.sighting
      WHERE run_id = :run_id AND full_text_id IS NOT NULL
      ORDER BY full_text_id, source, locator) f
WHERE s.run_id = :run_id AND s.full_text_id = f.full_text_id AND s.sighting_id <> f.sighting_id;

-- name: load_full_text
SELECT full_text_id, work_id, sha256, media_type, byte_count, store_path
FROM core.full_text WHERE full_text_id = :full_text_id;
