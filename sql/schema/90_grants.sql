-- Roles are made once per server (owner, writer, analyst); here is what each may touch.
CREATE SCHEMA out;
COMMENT ON SCHEMA out IS 'Stable views for analysts. A view loses no column without a changelog line.';

GRANT USAGE ON SCHEMA core, ops, out TO florilegium_writer;
-- Facts are added, never overwritten: only a question's pointer and a decision's end ever change,
-- and only a decision that no release has shown is taken back.
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA core TO florilegium_writer;
GRANT UPDATE ON core.question, core.decision TO florilegium_writer;
GRANT DELETE ON core.decision TO florilegium_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops TO florilegium_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA core, ops TO florilegium_writer;
GRANT USAGE ON SCHEMA out TO florilegium_analyst;
ALTER DEFAULT PRIVILEGES IN SCHEMA out GRANT SELECT ON TABLES TO florilegium_analyst, florilegium_writer;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA core FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA core TO florilegium_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA core GRANT SELECT, INSERT ON TABLES TO florilegium_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO florilegium_writer;

CREATE FUNCTION ops.end_long_reads(max_seconds integer DEFAULT 600) RETURNS integer
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
SELECT CAST(count(*) FILTER (WHERE pg_terminate_backend(a.pid)) AS integer)
FROM (SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND usename = 'florilegium_analyst' AND state <> 'idle'
        AND clock_timestamp() - xact_start > make_interval(secs => max_seconds)
        -- Only who has the analyst's rights may end what runs with them; anybody else ends nothing.
        AND pg_has_role('florilegium_analyst', 'USAGE') OFFSET 0) a
$$;
COMMENT ON FUNCTION ops.end_long_reads(integer) IS 'Ends sessions of analysts whose transaction is older than max_seconds, whatever timeouts they set for themselves; returns how many. The local stack calls it every minute, every run when it begins.';
REVOKE EXECUTE ON FUNCTION ops.end_long_reads(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.end_long_reads(integer) TO florilegium_writer;
