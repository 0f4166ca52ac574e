-- Roles are made once per server (owner, writer, analyst); here is what each may touch.
CREATE SCHEMA out;
COMMENT ON SCHEMA out IS 'Stable views for analysts. A view loses no column without a changelog line.';

GRANT USAGE ON SCHEMA core, ops, out TO florilegium_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA core, ops TO florilegium_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA core, ops TO florilegium_writer;
GRANT USAGE ON SCHEMA out TO florilegium_analyst;
ALTER DEFAULT PRIVILEGES IN SCHEMA out GRANT SELECT ON TABLES TO florilegium_analyst, florilegium_writer;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA core FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA core TO florilegium_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA core, ops GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO florilegium_writer;
