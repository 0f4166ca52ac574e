-- Versions of works, notices on them, takedowns, conditional requests, backfills.
ALTER TABLE core.full_text ADD COLUMN version text NOT NULL DEFAULT 'unknown'
    CHECK (version IN ('published', 'accepted', 'preprint', 'unknown'));
COMMENT ON COLUMN core.full_text.version IS 'published, accepted or preprint, as the source told that gave the bytes first; unknown for a folder.';
COMMENT ON TABLE core.work IS 'fetch: one scholarly work. Grain: one work with all its versions; a folder makes one work per distinct content.';

-- What was fetched before: the best kind that any source told.
UPDATE core.full_text ft SET version = r.version
FROM (SELECT DISTINCT ON (full_text_id) full_text_id, version FROM core.rights
      ORDER BY full_text_id, array_position(ARRAY['published', 'accepted', 'preprint', 'unknown'], version)) r
WHERE r.full_text_id = ft.full_text_id;

ALTER TABLE ops.run ADD COLUMN maximum integer CHECK (maximum >= 1),
    ADD COLUMN is_walked boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ops.run.maximum IS 'Most papers whose bytes it takes; the next run goes on there. NULL for all.';
COMMENT ON COLUMN ops.run.is_walked IS 'True where the sources of its corpus were walked over before it was opened.';

CREATE INDEX failure_locator_idx ON ops.failure (locator) WHERE stage = 'fetch';

ALTER TABLE ops.walk ADD COLUMN backfill text NOT NULL DEFAULT '', DROP CONSTRAINT walk_pkey;
ALTER TABLE ops.walk ADD PRIMARY KEY (corpus, source, backfill);
COMMENT ON TABLE ops.walk IS 'How far the walk over one source has come; written with the papers of each page. Grain: corpus × source × backfill.';
COMMENT ON COLUMN ops.walk.backfill IS 'first/last day of a walk over a window somebody asked for, which moves no other watermark; empty for the walk of each night.';

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

CREATE OR REPLACE VIEW core.retracted_work AS
SELECT e.work_id, min(coalesce(e.notice_doi, e.source)) AS notice
FROM core.work_event e
-- A source that took its own retraction back says nothing any more; another source still does.
WHERE e.kind = 'retraction' AND NOT EXISTS (
    SELECT FROM core.work_event r WHERE r.work_id = e.work_id AND r.source = e.source
    AND r.kind = 'reinstatement' AND r.first_seen_at > e.first_seen_at)
GROUP BY e.work_id;

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

CREATE OR REPLACE VIEW core.current_document AS
SELECT DISTINCT ON (ft.work_id)
    ft.work_id, ft.full_text_id, af.fingerprint_id AS parser_id, d.document_id,
    CASE WHEN t.work_id IS NULL THEN d.status ELSE 'unreadable' END AS status,
    CASE WHEN t.work_id IS NULL THEN d.code ELSE 'taken_down' END AS code,
    CASE WHEN t.work_id IS NULL THEN d.detail ELSE t.reason END AS detail
FROM core.full_text ft
JOIN ops.active_fingerprint af ON af.stage = 'parse' AND af.scope = ft.media_type
LEFT JOIN core.document d ON d.full_text_id = ft.full_text_id AND d.parser_id = af.fingerprint_id
LEFT JOIN ops.item i ON i.stage = 'parse' AND i.subject_id = ft.full_text_id AND i.recipe_id = af.fingerprint_id
    AND i.state IN ('failed', 'excluded')
LEFT JOIN core.takedown t ON t.work_id = ft.work_id
-- A copy that cannot be read gives way to the next; of two of a kind the newer bytes stand.
ORDER BY ft.work_id, (i.state IS NOT NULL OR coalesce(d.status, '') = 'unreadable'),
    array_position(ARRAY['published', 'accepted', 'preprint', 'unknown'], ft.version),
    array_position(ARRAY['application/jats+xml', 'application/tei+xml', 'application/pdf', 'text/plain'], ft.media_type),
    ft.fetched_at DESC, ft.full_text_id;
COMMENT ON VIEW core.current_document IS 'The canonical version of each work (published before accepted before preprint, XML before PDF, newer before older, readable before unreadable) and its reading by the parser in force. Grain: one work; document_id is NULL until it is parsed.';
COMMENT ON COLUMN core.current_document.work_id IS 'The work.';
COMMENT ON COLUMN core.current_document.full_text_id IS 'Its canonical version.';
COMMENT ON COLUMN core.current_document.parser_id IS 'The parser in force for its media type.';
COMMENT ON COLUMN core.current_document.document_id IS 'The reading; NULL until parsed or where parsing failed.';
COMMENT ON COLUMN core.current_document.status IS 'parsed or unreadable (taken down, too); NULL without a reading.';
COMMENT ON COLUMN core.current_document.code IS 'Outcome code of an unreadable document.';
COMMENT ON COLUMN core.current_document.detail IS 'What was found, in words.';

CREATE OR REPLACE VIEW ops.due AS
WITH voter AS (
    SELECT fingerprint_id AS answerer_id FROM ops.active_fingerprint WHERE stage = 'answer'
), indexed AS (
    SELECT cs.document_id, cs.chunk_set_id
    FROM core.chunk_set cs
    JOIN ops.active_fingerprint c ON c.stage = 'chunk' AND c.fingerprint_id = cs.chunker_id
    JOIN ops.active_fingerprint s ON s.stage = 'embed'
    WHERE EXISTS (SELECT FROM core.embedding e WHERE e.chunk_set_id = cs.chunk_set_id
                  AND e.space_id = s.fingerprint_id AND e.chunk_index = 0)
), missing AS (
    SELECT 'parse' AS stage, cd.work_id, cd.full_text_id AS subject_id, cd.parser_id AS recipe_id
    FROM core.current_document cd
    WHERE cd.document_id IS NULL AND cd.status IS NULL
    UNION ALL
    SELECT 'embed', cd.work_id, cd.document_id, r.recipe_id
    FROM core.current_document cd
    JOIN ops.recipe_in_force r ON r.stage = 'embed'
    WHERE cd.status = 'parsed' AND NOT EXISTS (SELECT FROM indexed x WHERE x.document_id = cd.document_id)
    UNION ALL
    SELECT 'answer', cd.work_id, cd.document_id, v.answerer_id
    FROM core.current_document cd
    JOIN indexed x ON x.document_id = cd.document_id
    CROSS JOIN voter v
    LEFT JOIN ops.answer_sheet s ON s.document_id = cd.document_id AND s.answerer_id = v.answerer_id
    WHERE cd.status = 'parsed' AND s.asked_md5 IS DISTINCT FROM (
        SELECT md5(string_agg(CAST(question_version_id AS text), ',' ORDER BY question_version_id))
        FROM core.current_question)
)
SELECT 'fetch' AS stage, NULL::bigint AS work_id, s.sighting_id AS subject_id, 0::bigint AS recipe_id
FROM ops.sighting s
JOIN ops.run r USING (run_id)
WHERE s.outcome = 'found' AND r.state = 'running'
UNION ALL
SELECT m.stage, m.work_id, m.subject_id, m.recipe_id
FROM missing m
LEFT JOIN ops.item i USING (stage, subject_id, recipe_id)
WHERE i.state IS NULL OR i.state NOT IN ('failed', 'excluded')
UNION ALL
SELECT 'decide', k.work_id, k.work_id, af.fingerprint_id
FROM ops.decision_key k
JOIN ops.active_fingerprint af ON af.stage = 'decide'
LEFT JOIN ops.decision_sheet s USING (work_id)
WHERE s.input_md5 IS DISTINCT FROM k.input_md5;
