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
