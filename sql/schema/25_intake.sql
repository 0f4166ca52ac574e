-- Papers that arrive by themselves: who may be asked when, how far each walk has come, what was offered.
CREATE TABLE ops.host_quota (
    host text PRIMARY KEY,
    tokens double precision NOT NULL CHECK (tokens BETWEEN 0 AND 1),
    refilled_at timestamptz NOT NULL,
    paused_until timestamptz NOT NULL,
    failure_count integer NOT NULL CHECK (failure_count >= 0),
    told_rate double precision CHECK (told_rate > 0)
);
COMMENT ON TABLE ops.host_quota IS 'Token bucket and circuit breaker of a host, shared by all workers and kept over restarts. Grain: one host.';
COMMENT ON COLUMN ops.host_quota.host IS 'Name of the host, lower case.';
COMMENT ON COLUMN ops.host_quota.tokens IS 'Share of the next request that has been earned, 0..1.';
COMMENT ON COLUMN ops.host_quota.refilled_at IS 'When tokens was last reckoned, by the database clock.';
COMMENT ON COLUMN ops.host_quota.paused_until IS 'No request before this time: the host asked for a pause, or keeps failing.';
COMMENT ON COLUMN ops.host_quota.failure_count IS 'Failures in a row; five make a rest of a minute, each further one doubles it up to half an hour.';
COMMENT ON COLUMN ops.host_quota.told_rate IS 'Requests a second by the host''s own headers; NULL where it tells none.';

CREATE TABLE ops.host_slot (
    slot_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host text NOT NULL REFERENCES ops.host_quota,
    held_until timestamptz NOT NULL
);
CREATE INDEX host_slot_host_idx ON ops.host_slot (host);
COMMENT ON TABLE ops.host_slot IS 'Requests under way. Grain: one request; a row past held_until belongs to a dead worker and counts for nothing.';
COMMENT ON COLUMN ops.host_slot.slot_id IS 'Counts up.';
COMMENT ON COLUMN ops.host_slot.host IS 'The host that is asked.';
COMMENT ON COLUMN ops.host_slot.held_until IS 'By the database clock.';

CREATE TABLE ops.host_usage (
    host text NOT NULL,
    day date NOT NULL,
    ok bigint NOT NULL DEFAULT 0,
    limited bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    byte_count bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (host, day)
);
COMMENT ON TABLE ops.host_usage IS 'The quota ledger: what was asked of each host. Grain: host × day (UTC).';
COMMENT ON COLUMN ops.host_usage.host IS 'The host.';
COMMENT ON COLUMN ops.host_usage.day IS 'Day in UTC, by the database clock.';
COMMENT ON COLUMN ops.host_usage.ok IS 'Requests with a usable answer, refusals of one address among them.';
COMMENT ON COLUMN ops.host_usage.limited IS 'Requests answered by a wish to wait.';
COMMENT ON COLUMN ops.host_usage.failed IS 'Requests without a usable answer.';
COMMENT ON COLUMN ops.host_usage.byte_count IS 'Bytes taken, after decoding.';

CREATE TABLE ops.walk (
    corpus text NOT NULL,
    source text NOT NULL,
    watermark date,
    window_from date,
    window_to date,
    next_cursor text,
    page_count integer NOT NULL DEFAULT 0,
    stopped text,
    unmatched text[] NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (corpus, source),
    CONSTRAINT walk_window_check CHECK ((window_from IS NULL) = (window_to IS NULL) AND window_from <= window_to),
    CONSTRAINT walk_cursor_check CHECK (next_cursor IS NULL OR window_from IS NOT NULL)
);
COMMENT ON TABLE ops.walk IS 'How far the walk over one source has come; written with the papers of each page. Grain: corpus × source.';
COMMENT ON COLUMN ops.walk.corpus IS 'Name of the corpus.';
COMMENT ON COLUMN ops.walk.source IS 'Name of the source, with a hash of its query.';
COMMENT ON COLUMN ops.walk.watermark IS 'Everything dated up to this day has been seen; never goes back. NULL before the first whole walk.';
COMMENT ON COLUMN ops.walk.window_from IS 'First day of the walk under way; NULL between walks.';
COMMENT ON COLUMN ops.walk.window_to IS 'Its last day, where the watermark will stand.';
COMMENT ON COLUMN ops.walk.next_cursor IS 'Where its next page begins; NULL at its start.';
COMMENT ON COLUMN ops.walk.page_count IS 'Pages of the walk under way, or of the last one.';
COMMENT ON COLUMN ops.walk.stopped IS 'Why the last run left the walk before its end; NULL where it came to the end.';
COMMENT ON COLUMN ops.walk.unmatched IS 'Entries of the last run that could not be used, with reasons. Untrusted text.';
COMMENT ON COLUMN ops.walk.changed_at IS 'By the database clock.';

CREATE TABLE ops.offer (
    corpus text NOT NULL,
    source text NOT NULL,
    source_id text NOT NULL,
    stamp text NOT NULL,
    record jsonb NOT NULL,
    refusal text,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (corpus, source, source_id)
);
COMMENT ON TABLE ops.offer IS 'What the sources of a corpus offered, in its latest form. Grain: corpus × source × the source''s own id.';
COMMENT ON COLUMN ops.offer.corpus IS 'Name of the corpus.';
COMMENT ON COLUMN ops.offer.source IS 'Name of the source, with a hash of its query.';
COMMENT ON COLUMN ops.offer.source_id IS 'The source''s own id. Untrusted text.';
COMMENT ON COLUMN ops.offer.stamp IS 'Changes when the source changed the record; an unchanged one is not fetched again.';
COMMENT ON COLUMN ops.offer.record IS 'Title, date, identifiers, links and rights. Untrusted text.';
COMMENT ON COLUMN ops.offer.refusal IS 'Why the corpus does not take it, decided before any byte was asked for; NULL where it does.';
COMMENT ON COLUMN ops.offer.first_seen_at IS 'By the database clock.';
COMMENT ON COLUMN ops.offer.changed_at IS 'By the database clock.';

CREATE TABLE core.identifier (
    scheme text NOT NULL CHECK (scheme IN ('doi', 'pmid', 'pmcid', 'arxiv', 'openalex', 'oai')),
    value text NOT NULL,
    work_id bigint NOT NULL REFERENCES core.work,
    source text NOT NULL,
    authority text NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (scheme, value, work_id, source)
);
CREATE INDEX identifier_work_id_idx ON core.identifier (work_id);
COMMENT ON TABLE core.identifier IS 'fetch: names that others know a work by. Grain: name × work × who told it; two works under one name are copies of one paper.';
COMMENT ON COLUMN core.identifier.scheme IS 'Kind of name.';
COMMENT ON COLUMN core.identifier.value IS 'The name in its normal form. Untrusted text.';
COMMENT ON COLUMN core.identifier.work_id IS 'The work.';
COMMENT ON COLUMN core.identifier.source IS 'The source that told it.';
COMMENT ON COLUMN core.identifier.authority IS 'Who gives such names out; unknown where the source does not say.';
COMMENT ON COLUMN core.identifier.first_seen_at IS 'By the database clock.';

CREATE TABLE core.rights (
    full_text_id bigint NOT NULL REFERENCES core.full_text,
    source text NOT NULL,
    url text NOT NULL,
    version text NOT NULL CHECK (version IN ('published', 'accepted', 'preprint', 'unknown')),
    licence_spdx text,
    licence_raw text,
    licence_source text NOT NULL,
    oa_status text NOT NULL,
    tdm_basis text NOT NULL CHECK (tdm_basis IN ('cc', 'tdm_licence', 'override', 'unknown')),
    tdm_reserved boolean NOT NULL,
    quote_limit integer CHECK (quote_limit >= 0),
    policy text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (full_text_id, source, url)
);
COMMENT ON TABLE core.rights IS 'fetch: what may be done with a version, where that is written, and by which policy it was taken. Grain: content × source × address.';
COMMENT ON COLUMN core.rights.full_text_id IS 'The version.';
COMMENT ON COLUMN core.rights.source IS 'The source that told the licence.';
COMMENT ON COLUMN core.rights.url IS 'Where the bytes were taken, without the query. Untrusted text.';
COMMENT ON COLUMN core.rights.version IS 'published, accepted, preprint or unknown.';
COMMENT ON COLUMN core.rights.licence_spdx IS 'SPDX name; NULL where unknown.';
COMMENT ON COLUMN core.rights.licence_raw IS 'The licence as the source writes it; NULL where it is silent. Untrusted text.';
COMMENT ON COLUMN core.rights.licence_source IS 'Field it was read from.';
COMMENT ON COLUMN core.rights.oa_status IS 'Open-access status as the source tells it.';
COMMENT ON COLUMN core.rights.tdm_basis IS 'Why the text may be mined.';
COMMENT ON COLUMN core.rights.tdm_reserved IS 'True where rights are reserved in machine-readable form.';
COMMENT ON COLUMN core.rights.quote_limit IS 'Longest quote in characters; NULL where the licence sets no limit.';
COMMENT ON COLUMN core.rights.policy IS 'The corpus and the rule of it that let the bytes in, with the name of whoever signed an override.';
COMMENT ON COLUMN core.rights.decided_at IS 'By the database clock.';
