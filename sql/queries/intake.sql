-- name: ensure_host
INSERT INTO ops.host_quota (host, tokens, refilled_at, paused_until, failure_count)
VALUES (:host, 1, clock_timestamp(), to_timestamp(0), 0) ON CONFLICT (host) DO NOTHING;

-- name: lock_host
SELECT tokens, extract(epoch FROM refilled_at)::float8 AS refilled_at,
       extract(epoch FROM paused_until)::float8 AS paused_until, failure_count, told_rate
FROM ops.host_quota WHERE host = :host FOR UPDATE;

-- name: drop_dead_slots
DELETE FROM ops.host_slot WHERE host = :host AND held_until <= clock_timestamp();

-- name: count_slots
-- Asked after the lock is held, so the clock is not that of the wait for it.
SELECT count(*) AS in_use, extract(epoch FROM clock_timestamp())::float8 AS now
FROM ops.host_slot WHERE host = :host;

-- name: save_host
UPDATE ops.host_quota SET tokens = :tokens, refilled_at = to_timestamp(:refilled_at),
       paused_until = to_timestamp(:paused_until), failure_count = :failure_count, told_rate = :told_rate
WHERE host = :host;

-- name: take_slot
INSERT INTO ops.host_slot (host, held_until)
VALUES (:host, clock_timestamp() + make_interval(secs => :seconds)) RETURNING slot_id;

-- name: drop_slot
DELETE FROM ops.host_slot WHERE slot_id = :slot_id;

-- name: count_usage
INSERT INTO ops.host_usage AS u (host, day, ok, limited, failed, byte_count)
VALUES (:host, (clock_timestamp() AT TIME ZONE 'UTC')::date, :ok, :limited, :failed, :byte_count)
ON CONFLICT (host, day) DO UPDATE SET ok = u.ok + excluded.ok, limited = u.limited + excluded.limited,
       failed = u.failed + excluded.failed, byte_count = u.byte_count + excluded.byte_count;

-- name: load_usage
SELECT ok, limited, failed, byte_count FROM ops.host_usage
WHERE host = :host AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date;

-- name: today
SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS today;

-- name: open_walk
-- A walk under way keeps its window and cursor; a new one looks again at the days before the watermark.
-- A backfill is over the days somebody asked for, each time it is asked for.
INSERT INTO ops.walk AS w (corpus, source, backfill, window_from, window_to)
VALUES (:corpus, :source, :backfill, CAST(:first AS date), CAST(:until AS date))
ON CONFLICT (corpus, source, backfill) DO UPDATE SET
       window_from = coalesce(w.window_from, CASE WHEN w.backfill <> '' THEN CAST(:first AS date) ELSE
           greatest(CAST(:first AS date), least(w.watermark - CAST(:overlap AS integer), CAST(:until AS date))) END),
       window_to = coalesce(w.window_to, CAST(:until AS date)),
       page_count = CASE WHEN w.window_from IS NULL THEN 0 ELSE w.page_count END,
       changed_at = clock_timestamp()
RETURNING window_from, window_to, next_cursor;

-- name: restart_walk
UPDATE ops.walk SET next_cursor = NULL, changed_at = clock_timestamp()
WHERE corpus = :corpus AND source = :source AND backfill = :backfill;

-- name: save_offers
INSERT INTO ops.offer AS o (corpus, source, source_id, stamp, record, refusal)
SELECT :corpus, :source, f.source_id, f.stamp, CAST(f.record AS jsonb), f.refusal
FROM unnest(CAST(:source_ids AS text[]), CAST(:stamps AS text[]), CAST(:records AS text[]), CAST(:refusals AS text[]))
     AS f(source_id, stamp, record, refusal)
ON CONFLICT (corpus, source, source_id) DO UPDATE SET
       stamp = excluded.stamp, record = excluded.record, refusal = excluded.refusal, changed_at = clock_timestamp()
WHERE (o.stamp, o.record, o.refusal) IS DISTINCT FROM (excluded.stamp, excluded.record, excluded.refusal)
RETURNING (xmax = 0) AS is_new;

-- name: move_walk
-- At the end of a walk the watermark moves up to its last day, and never back.
UPDATE ops.walk SET
       watermark = CASE WHEN CAST(:next_cursor AS text) IS NULL THEN greatest(watermark, window_to) ELSE watermark END,
       window_from = CASE WHEN CAST(:next_cursor AS text) IS NULL THEN NULL ELSE window_from END,
       window_to = CASE WHEN CAST(:next_cursor AS text) IS NULL THEN NULL ELSE window_to END,
       next_cursor = CAST(:next_cursor AS text), page_count = page_count + 1, changed_at = clock_timestamp()
WHERE corpus = :corpus AND source = :source AND backfill = :backfill;

-- name: offered
SELECT source, record FROM ops.offer WHERE corpus = :corpus ORDER BY source, source_id;

-- name: load_offer
SELECT record FROM ops.offer WHERE corpus = :corpus AND source = :source AND source_id = :source_id;

-- name: insert_identifier
INSERT INTO core.identifier (scheme, value, work_id, source, authority)
VALUES (:scheme, :value, :work_id, :source, :authority)
ON CONFLICT (scheme, value, work_id, source) DO NOTHING;

-- name: insert_rights
INSERT INTO core.rights (full_text_id, source, url, version, licence_spdx, licence_raw, licence_source,
                         oa_status, tdm_basis, tdm_reserved, quote_limit, policy)
VALUES (:full_text_id, :source, :url, :version, :licence_spdx, :licence_raw, :licence_source,
        :oa_status, :tdm_basis, :tdm_reserved, :quote_limit, :policy)
ON CONFLICT (full_text_id, source, url) DO NOTHING;

-- name: note_walk
UPDATE ops.walk SET stopped = :stopped, unmatched = CAST(:unmatched AS text[]), changed_at = clock_timestamp()
WHERE corpus = :corpus AND source = :source AND backfill = :backfill;

-- name: walks
SELECT source, backfill, watermark, page_count, stopped, unmatched FROM ops.walk
WHERE corpus = :corpus ORDER BY source, backfill;

-- name: load_validator
SELECT v.etag, v.last_modified, ft.store_path FROM ops.validator v JOIN core.full_text ft USING (full_text_id)
WHERE v.url_sha256 = :url_sha256
  AND NOT EXISTS (SELECT FROM core.takedown t WHERE t.work_id = ft.work_id);

-- name: save_validator
INSERT INTO ops.validator AS v (url_sha256, etag, last_modified, full_text_id)
VALUES (:url_sha256, :etag, :last_modified, :full_text_id)
ON CONFLICT (url_sha256) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
       full_text_id = excluded.full_text_id, checked_at = clock_timestamp();
