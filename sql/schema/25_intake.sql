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
    backfill text NOT NULL DEFAULT '',
    PRIMARY KEY (corpus, source, backfill),
    CONSTRAINT walk_window_check CHECK ((window_from IS NULL) = (window_to IS NULL) AND window_from <= window_to),
    CONSTRAINT walk_cursor_check CHECK (next_cursor IS NULL OR window_from IS NOT NULL)
);
COMMENT ON TABLE ops.walk IS 'How far the walk over one source has come; written with the papers of each page. Grain: corpus × source × backfill.';
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
COMMENT ON COLUMN ops.walk.backfill IS 'first/last day of a walk over a window somebody asked for, which moves no other watermark; empty for the walk of each night.';

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

CREATE TABLE core.work_title (
    full_text_id bigint NOT NULL REFERENCES core.full_text,
    source text NOT NULL,
    source_id text NOT NULL,
    title text NOT NULL,
    title_key text NOT NULL,
    first_author text,
    year integer,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (full_text_id, source, source_id)
);
CREATE INDEX work_title_title_key_idx ON core.work_title (title_key);
CREATE INDEX work_title_first_author_idx ON core.work_title (first_author, year);
COMMENT ON TABLE core.work_title IS 'fetch: what a source calls a version. Grain: content × source × the source''s own id.';
COMMENT ON COLUMN core.work_title.full_text_id IS 'The version.';
COMMENT ON COLUMN core.work_title.source IS 'The source that told it.';
COMMENT ON COLUMN core.work_title.source_id IS 'The source''s own id. Untrusted text.';
COMMENT ON COLUMN core.work_title.title IS 'As the source writes it. Untrusted text.';
COMMENT ON COLUMN core.work_title.title_key IS 'Its letters and digits in lower case, without accents and signs, to compare by.';
COMMENT ON COLUMN core.work_title.first_author IS 'Family name of the first author in the same form; NULL where the source names none.';
COMMENT ON COLUMN core.work_title.year IS 'Year of publication the source tells; NULL where it tells none.';
COMMENT ON COLUMN core.work_title.first_seen_at IS 'By the database clock.';

CREATE TABLE core.work_merge (
    work_id bigint PRIMARY KEY REFERENCES core.work,
    into_work_id bigint NOT NULL REFERENCES core.work,
    reason text NOT NULL,
    decided_by text NOT NULL,
    full_text_ids bigint[] NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT work_merge_other_check CHECK (work_id <> into_work_id)
);
CREATE INDEX work_merge_into_work_id_idx ON core.work_merge (into_work_id);
COMMENT ON TABLE core.work_merge IS 'fetch: a work that turned out to be another one. Its versions went over, its decisions end with the next release and stay readable. Grain: one work that is no more.';
COMMENT ON COLUMN core.work_merge.work_id IS 'The work that is no more.';
COMMENT ON COLUMN core.work_merge.into_work_id IS 'The work it is.';
COMMENT ON COLUMN core.work_merge.reason IS 'The shared name, or the words of the person who decided.';
COMMENT ON COLUMN core.work_merge.decided_by IS 'Name of a person; rule where a shared strong identifier decided.';
COMMENT ON COLUMN core.work_merge.full_text_ids IS 'The versions that went over.';
COMMENT ON COLUMN core.work_merge.merged_at IS 'By the database clock.';

CREATE TABLE core.match_candidate (
    work_id bigint NOT NULL REFERENCES core.work,
    other_work_id bigint NOT NULL REFERENCES core.work,
    reason text NOT NULL CHECK (reason IN ('title', 'conflict', 'doubtful_name')),
    detail text NOT NULL,
    score real CHECK (score BETWEEN 0 AND 1),
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (work_id, other_work_id, reason),
    CONSTRAINT match_candidate_order_check CHECK (work_id < other_work_id)
);
CREATE INDEX match_candidate_other_work_id_idx ON core.match_candidate (other_work_id);
COMMENT ON TABLE core.match_candidate IS 'fetch: two works that may be one; nothing is merged before a person says so. Grain: pair of works × reason.';
COMMENT ON COLUMN core.match_candidate.work_id IS 'The one with the smaller key.';
COMMENT ON COLUMN core.match_candidate.other_work_id IS 'The other.';
COMMENT ON COLUMN core.match_candidate.reason IS 'title (like title, first author and year), conflict (they share a name and differ in another that a work has once), doubtful_name (the name they share was told by somebody who does not give such names out, and the titles differ).';
COMMENT ON COLUMN core.match_candidate.detail IS 'What was found, in words. Untrusted text.';
COMMENT ON COLUMN core.match_candidate.score IS 'Likeness of the titles, 0..1; NULL where none was measured.';
COMMENT ON COLUMN core.match_candidate.found_at IS 'By the database clock.';

CREATE TABLE core.match_verdict (
    work_id bigint NOT NULL REFERENCES core.work,
    other_work_id bigint NOT NULL REFERENCES core.work,
    verdict text NOT NULL CHECK (verdict IN ('same', 'different')),
    reason text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (work_id, other_work_id, decided_at),
    CONSTRAINT match_verdict_order_check CHECK (work_id < other_work_id)
);
COMMENT ON TABLE core.match_verdict IS 'fetch: what a person said of two works that may be one. Grain: pair of works × saying; the last counts.';
COMMENT ON COLUMN core.match_verdict.work_id IS 'The one with the smaller key.';
COMMENT ON COLUMN core.match_verdict.other_work_id IS 'The other.';
COMMENT ON COLUMN core.match_verdict.verdict IS 'same or different.';
COMMENT ON COLUMN core.match_verdict.reason IS 'Why, in the person''s words.';
COMMENT ON COLUMN core.match_verdict.decided_by IS 'Name of the person.';
COMMENT ON COLUMN core.match_verdict.decided_at IS 'By the database clock.';

CREATE TABLE core.notice (
    doi text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('retraction', 'correction', 'concern', 'reinstatement')),
    event_date date,
    source text NOT NULL,
    notice_doi text,
    detail text,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT notice_key UNIQUE NULLS NOT DISTINCT (doi, kind, source, notice_doi, event_date)
);
COMMENT ON TABLE core.notice IS 'fetch: what a source says happened to a paper after it was published, also of papers that are not here. Grain: DOI × kind × source × notice × day.';
COMMENT ON COLUMN core.notice.doi IS 'DOI of the paper, lower case. Untrusted text.';
COMMENT ON COLUMN core.notice.kind IS 'retraction, correction, concern (expression of concern), or reinstatement (the source took a retraction back).';
COMMENT ON COLUMN core.notice.event_date IS 'Day of the notice; NULL where the source tells none.';
COMMENT ON COLUMN core.notice.source IS 'The source that told it, with its field.';
COMMENT ON COLUMN core.notice.notice_doi IS 'DOI of the notice itself; NULL where the source names none. Untrusted text.';
COMMENT ON COLUMN core.notice.detail IS 'The source''s own word for it. Untrusted text.';
COMMENT ON COLUMN core.notice.first_seen_at IS 'By the database clock.';

CREATE TABLE core.work_event (
    work_id bigint NOT NULL REFERENCES core.work,
    kind text NOT NULL CHECK (kind IN ('retraction', 'correction', 'concern', 'reinstatement')),
    event_date date,
    source text NOT NULL,
    notice_doi text,
    detail text,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT work_event_key UNIQUE NULLS NOT DISTINCT (work_id, kind, source, notice_doi, event_date)
);
COMMENT ON TABLE core.work_event IS 'fetch: a notice of core.notice on a work that is here. Grain: work × kind × source × notice × day.';
COMMENT ON COLUMN core.work_event.work_id IS 'The work.';
COMMENT ON COLUMN core.work_event.kind IS 'retraction, correction, concern or reinstatement.';
COMMENT ON COLUMN core.work_event.event_date IS 'Day of the notice; NULL where the source tells none.';
COMMENT ON COLUMN core.work_event.source IS 'The source that told it, with its field.';
COMMENT ON COLUMN core.work_event.notice_doi IS 'DOI of the notice itself; NULL where the source names none. Untrusted text.';
COMMENT ON COLUMN core.work_event.detail IS 'The source''s own word for it. Untrusted text.';
COMMENT ON COLUMN core.work_event.first_seen_at IS 'When it was first joined with this work, by the database clock.';

CREATE TABLE core.takedown (
    work_id bigint PRIMARY KEY REFERENCES core.work,
    reason text NOT NULL,
    decided_by text NOT NULL,
    removed jsonb NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    bytes_removed_at timestamptz
);
COMMENT ON TABLE core.takedown IS 'fetch: a work whose text had to go: text, chunks, vectors, quotes and bytes are removed, and it is not fetched again. Grain: one work.';
COMMENT ON COLUMN core.takedown.work_id IS 'The work.';
COMMENT ON COLUMN core.takedown.reason IS 'Why, in the words of the person who decided.';
COMMENT ON COLUMN core.takedown.decided_by IS 'Name of the person.';
COMMENT ON COLUMN core.takedown.removed IS 'Rows removed by table; no text.';
COMMENT ON COLUMN core.takedown.decided_at IS 'By the database clock.';
COMMENT ON COLUMN core.takedown.bytes_removed_at IS 'When the file store had dropped the bytes; NULL until then: the command can be repeated.';
GRANT UPDATE (bytes_removed_at) ON core.takedown TO florilegium_writer;

CREATE TABLE ops.validator (
    url_sha256 text PRIMARY KEY CHECK (url_sha256 ~ '^[0-9a-f]{64}$'),
    etag text,
    last_modified text,
    full_text_id bigint NOT NULL REFERENCES core.full_text,
    checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT validator_useful_check CHECK (etag IS NOT NULL OR last_modified IS NOT NULL)
);
COMMENT ON TABLE ops.validator IS 'What a host said to ask with, so that unchanged bytes are not sent again. Grain: one address.';
COMMENT ON COLUMN ops.validator.url_sha256 IS 'SHA-256 of the address.';
COMMENT ON COLUMN ops.validator.etag IS 'Its ETag. Untrusted text.';
COMMENT ON COLUMN ops.validator.last_modified IS 'Its Last-Modified. Untrusted text.';
COMMENT ON COLUMN ops.validator.full_text_id IS 'The content it gave then.';
COMMENT ON COLUMN ops.validator.checked_at IS 'By the database clock.';

CREATE TABLE ops.notice_check (
    source text NOT NULL,
    doi text NOT NULL,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (source, doi)
);
COMMENT ON TABLE ops.notice_check IS 'When a source was last asked for notices on a paper. Grain: source × DOI.';
COMMENT ON COLUMN ops.notice_check.source IS 'The source.';
COMMENT ON COLUMN ops.notice_check.doi IS 'DOI of the paper, lower case.';
COMMENT ON COLUMN ops.notice_check.checked_at IS 'By the database clock.';
