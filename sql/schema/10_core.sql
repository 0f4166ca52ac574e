-- The facts. Every key is made from content and recipe, so a second run finds its rows here.
CREATE SCHEMA core;
COMMENT ON SCHEMA core IS 'Facts: what was fetched, read, asked and decided. Rows are added, never overwritten.';

CREATE TABLE core.fingerprint (
    fingerprint_id bigint PRIMARY KEY,
    stage text NOT NULL CHECK (stage IN ('parse', 'chunk', 'embed', 'retrieve', 'answer', 'decide')),
    name text NOT NULL,
    sha256 text NOT NULL,
    recipe jsonb NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT fingerprint_stage_sha256_key UNIQUE (stage, sha256)
);
COMMENT ON TABLE core.fingerprint IS 'Everything about a stage that can change its result. Grain: one recipe of one stage.';
COMMENT ON COLUMN core.fingerprint.fingerprint_id IS 'First 63 bits of the SHA-256 of stage and recipe.';
COMMENT ON COLUMN core.fingerprint.stage IS 'Which step of the journey the recipe belongs to.';
COMMENT ON COLUMN core.fingerprint.name IS 'Short human name with a version.';
COMMENT ON COLUMN core.fingerprint.sha256 IS 'SHA-256 of the recipe in canonical JSON.';
COMMENT ON COLUMN core.fingerprint.recipe IS 'Names, versions and options.';
COMMENT ON COLUMN core.fingerprint.registered_at IS 'When this recipe was first used here.';

CREATE TABLE core.work (
    work_id bigint PRIMARY KEY,
    name text NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE core.work IS 'fetch: one scholarly work. Grain: one work with all its versions; a folder makes one work per distinct content.';
COMMENT ON COLUMN core.work.work_id IS 'Content key of the work.';
COMMENT ON COLUMN core.work.name IS 'Where the work was first seen: the path in its folder. Untrusted text.';
COMMENT ON COLUMN core.work.first_seen_at IS 'When the work was first seen.';

CREATE TABLE core.full_text (
    full_text_id bigint PRIMARY KEY,
    work_id bigint NOT NULL REFERENCES core.work,
    sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'application/jats+xml', 'application/tei+xml', 'text/plain')),
    byte_count bigint NOT NULL CHECK (byte_count > 0),
    store_path text NOT NULL,
    fetched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    version text NOT NULL DEFAULT 'unknown' CHECK (version IN ('published', 'accepted', 'preprint', 'unknown'))
);
CREATE INDEX full_text_work_id_idx ON core.full_text (work_id);
COMMENT ON TABLE core.full_text IS 'fetch: the bytes of one version of a work. Grain: one distinct content.';
COMMENT ON COLUMN core.full_text.full_text_id IS 'Content key of the bytes.';
COMMENT ON COLUMN core.full_text.work_id IS 'The work these bytes are a version of.';
COMMENT ON COLUMN core.full_text.sha256 IS 'SHA-256 of the bytes.';
COMMENT ON COLUMN core.full_text.media_type IS 'Decided by the bytes, never by the name.';
COMMENT ON COLUMN core.full_text.byte_count IS 'Size in bytes.';
COMMENT ON COLUMN core.full_text.store_path IS 'Path below the file store; made from the hash only.';
COMMENT ON COLUMN core.full_text.fetched_at IS 'When the bytes were taken.';
COMMENT ON COLUMN core.full_text.version IS 'published, accepted or preprint, as the source told that gave the bytes first; unknown for a folder.';

CREATE TABLE core.location (
    source text NOT NULL,
    locator text NOT NULL,
    etag text NOT NULL,
    full_text_id bigint NOT NULL REFERENCES core.full_text,
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, locator, etag)
);
CREATE INDEX location_full_text_id_idx ON core.location (full_text_id);
COMMENT ON TABLE core.location IS 'fetch: where a content was seen. Grain: one etag at one place of one source; an unchanged etag is never fetched again.';
COMMENT ON COLUMN core.location.source IS 'Key of the source.';
COMMENT ON COLUMN core.location.locator IS 'Place within the source; control characters are percent-encoded. Untrusted text.';
COMMENT ON COLUMN core.location.etag IS 'Size and modification time of a file, or an ETag.';
COMMENT ON COLUMN core.location.full_text_id IS 'The content found there.';
COMMENT ON COLUMN core.location.first_seen_at IS 'When this content was first seen there.';

CREATE TABLE core.document (
    document_id bigint PRIMARY KEY,
    full_text_id bigint NOT NULL REFERENCES core.full_text,
    parser_id bigint NOT NULL REFERENCES core.fingerprint,
    work_id bigint NOT NULL REFERENCES core.work,
    status text NOT NULL CHECK (status IN ('parsed', 'unreadable')),
    code text,
    detail text,
    title text NOT NULL,
    doi text,
    year integer,
    venue text,
    text_layer text NOT NULL CHECK (text_layer IN ('ok', 'garbled', 'recovered', 'none')),
    stopword_ratio real NOT NULL,
    page_count integer NOT NULL,
    body_char_count integer NOT NULL,
    heading_count integer NOT NULL,
    reference_count integer NOT NULL,
    hidden_char_count integer NOT NULL,
    noise_char_count integer NOT NULL,
    quality_detail jsonb NOT NULL,
    run_id bigint NOT NULL,
    parsed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT document_full_text_parser_key UNIQUE (full_text_id, parser_id),
    CONSTRAINT document_outcome_check CHECK ((status = 'unreadable') = (code IS NOT NULL))
);
CREATE INDEX document_work_id_idx ON core.document (work_id);
-- Rows of one run lie together, so a block range index finds them and costs nothing to keep.
CREATE INDEX document_run_id_idx ON core.document USING brin (run_id);
COMMENT ON TABLE core.document IS 'parse: one reading of one full text. Grain: full text × parser fingerprint; old readings stay.';
COMMENT ON COLUMN core.document.document_id IS 'Content key of full text and parser.';
COMMENT ON COLUMN core.document.full_text_id IS 'What was read.';
COMMENT ON COLUMN core.document.parser_id IS 'Fingerprint of the reader.';
COMMENT ON COLUMN core.document.work_id IS 'The work, repeated here so that no join is needed.';
COMMENT ON COLUMN core.document.status IS 'parsed, or unreadable: then no question is asked of it.';
COMMENT ON COLUMN core.document.code IS 'Outcome code of an unreadable document; NULL exactly when it is parsed.';
COMMENT ON COLUMN core.document.detail IS 'What was found, in words.';
COMMENT ON COLUMN core.document.title IS 'Title as the reader found it; empty where it found none.';
COMMENT ON COLUMN core.document.doi IS 'DOI the source states of itself, lower case; NULL where it states none.';
COMMENT ON COLUMN core.document.year IS 'Year of publication the source states; NULL where it states none.';
COMMENT ON COLUMN core.document.venue IS 'Journal or conference the source states; NULL where it states none.';
COMMENT ON COLUMN core.document.text_layer IS 'ok, garbled, recovered or none.';
COMMENT ON COLUMN core.document.stopword_ratio IS 'Share of English stop words among the words of the body, 0..1.';
COMMENT ON COLUMN core.document.page_count IS 'Pages; 0 for sources without pages.';
COMMENT ON COLUMN core.document.body_char_count IS 'Characters of the body.';
COMMENT ON COLUMN core.document.heading_count IS 'Headings found.';
COMMENT ON COLUMN core.document.reference_count IS 'Reference entries found.';
COMMENT ON COLUMN core.document.hidden_char_count IS 'Characters kept aside because a reader cannot see them.';
COMMENT ON COLUMN core.document.noise_char_count IS 'Characters of running heads, stamps and page numbers, kept aside.';
COMMENT ON COLUMN core.document.quality_detail IS 'Further counts of this reader.';
COMMENT ON COLUMN core.document.run_id IS 'The run that parsed it.';
COMMENT ON COLUMN core.document.parsed_at IS 'When it was parsed.';

CREATE TABLE core.page (
    document_id bigint NOT NULL REFERENCES core.document,
    page integer NOT NULL CHECK (page >= 1),
    width real NOT NULL,
    height real NOT NULL,
    PRIMARY KEY (document_id, page)
);
COMMENT ON TABLE core.page IS 'parse: size of a page. Grain: one page of one document.';
COMMENT ON COLUMN core.page.document_id IS 'The document.';
COMMENT ON COLUMN core.page.page IS '1-based page number.';
COMMENT ON COLUMN core.page.width IS 'Points.';
COMMENT ON COLUMN core.page.height IS 'Points.';

CREATE TABLE core.section (
    document_id bigint NOT NULL REFERENCES core.document,
    section_index integer NOT NULL,
    path text[] NOT NULL,
    kind text NOT NULL,
    zone text NOT NULL CHECK (zone IN ('front', 'abstract', 'body', 'back', 'references', 'noise', 'hidden')),
    PRIMARY KEY (document_id, section_index)
);
COMMENT ON TABLE core.section IS 'parse: a titled part of a document. Grain: one section of one document.';
COMMENT ON COLUMN core.section.document_id IS 'The document.';
COMMENT ON COLUMN core.section.section_index IS '0-based, in reading order.';
COMMENT ON COLUMN core.section.path IS 'Titles from the outermost section to this one; empty before any heading.';
COMMENT ON COLUMN core.section.kind IS 'Normalised role: methods, results, data_availability and so on; other where unknown.';
COMMENT ON COLUMN core.section.zone IS 'front, abstract, body, back, references, noise or hidden.';

CREATE TABLE core.block (
    document_id bigint NOT NULL REFERENCES core.document,
    block_index integer NOT NULL,
    section_index integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('title', 'heading', 'paragraph', 'list_item', 'caption', 'table', 'formula', 'footnote', 'reference', 'noise')),
    zone text NOT NULL CHECK (zone IN ('front', 'abstract', 'body', 'back', 'references', 'noise', 'hidden')),
    text text NOT NULL,
    regions real[] NOT NULL,
    xpath text,
    PRIMARY KEY (document_id, block_index),
    FOREIGN KEY (document_id, section_index) REFERENCES core.section
);
COMMENT ON TABLE core.block IS 'parse: a paragraph, caption, table, heading or reference. Grain: one block of one document.';
COMMENT ON COLUMN core.block.document_id IS 'The document.';
COMMENT ON COLUMN core.block.block_index IS '0-based, in reading order.';
COMMENT ON COLUMN core.block.section_index IS 'The section it stands in.';
COMMENT ON COLUMN core.block.kind IS 'What it is.';
COMMENT ON COLUMN core.block.zone IS 'Where it stands; references, noise and hidden are never searched.';
COMMENT ON COLUMN core.block.text IS 'The source text that every quote is a slice of.';
COMMENT ON COLUMN core.block.regions IS 'Boxes as rows (page, x0, y0, x1, y1) in points from the top left; empty without pages.';
COMMENT ON COLUMN core.block.xpath IS 'Element path in an XML source; NULL otherwise.';

CREATE TABLE core.sentence (
    document_id bigint NOT NULL REFERENCES core.document,
    sentence_index integer NOT NULL,
    block_index integer NOT NULL,
    char_start integer NOT NULL CHECK (char_start >= 0),
    char_end integer NOT NULL,
    regions real[] NOT NULL,
    PRIMARY KEY (document_id, sentence_index),
    FOREIGN KEY (document_id, block_index) REFERENCES core.block,
    CONSTRAINT sentence_span_check CHECK (char_end > char_start)
);
COMMENT ON TABLE core.sentence IS 'parse: a slice of a block. Grain: one sentence of one document.';
COMMENT ON COLUMN core.sentence.document_id IS 'The document.';
COMMENT ON COLUMN core.sentence.sentence_index IS '0-based through the document, in reading order.';
COMMENT ON COLUMN core.sentence.block_index IS 'The block it is a slice of.';
COMMENT ON COLUMN core.sentence.char_start IS 'First character in the block, 0-based.';
COMMENT ON COLUMN core.sentence.char_end IS 'One past the last character.';
COMMENT ON COLUMN core.sentence.regions IS 'Boxes of this sentence as rows (page, x0, y0, x1, y1); empty without pages.';

CREATE TABLE core.bibliography_entry (
    document_id bigint NOT NULL REFERENCES core.document,
    entry_index integer NOT NULL,
    text text NOT NULL,
    doi text,
    PRIMARY KEY (document_id, entry_index)
);
COMMENT ON TABLE core.bibliography_entry IS 'parse: an entry of the reference list, raw. Grain: one entry of one document. Never searched as evidence.';
COMMENT ON COLUMN core.bibliography_entry.document_id IS 'The document.';
COMMENT ON COLUMN core.bibliography_entry.entry_index IS '0-based, in the order of the list.';
COMMENT ON COLUMN core.bibliography_entry.text IS 'The entry as it stands.';
COMMENT ON COLUMN core.bibliography_entry.doi IS 'DOI in the entry, lower case; NULL where it has none.';

CREATE TABLE core.link (
    document_id bigint NOT NULL REFERENCES core.document,
    link_index integer NOT NULL,
    url text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('text', 'annotation')),
    block_index integer,
    page integer,
    kind text NOT NULL CHECK (kind IN ('doi', 'repository', 'other')),
    canonical text NOT NULL,
    owner text NOT NULL CHECK (owner IN ('own', 'third_party', 'unknown')),
    owner_reason text NOT NULL,
    PRIMARY KEY (document_id, link_index)
);
COMMENT ON TABLE core.link IS 'parse: a URL or DOI of a document. Grain: one occurrence in one document.';
COMMENT ON COLUMN core.link.document_id IS 'The document.';
COMMENT ON COLUMN core.link.link_index IS '0-based, in reading order.';
COMMENT ON COLUMN core.link.url IS 'The address. Untrusted text.';
COMMENT ON COLUMN core.link.origin IS 'text, or annotation of the PDF.';
COMMENT ON COLUMN core.link.block_index IS 'Block it stands in; NULL for an annotation.';
COMMENT ON COLUMN core.link.page IS '1-based page; NULL without pages.';
COMMENT ON COLUMN core.link.kind IS 'doi, repository (a host of code or an archive) or other, by the form of the address.';
COMMENT ON COLUMN core.link.canonical IS 'The address in its one form: host in lower case, no blanks or closing signs, a DOI as https://doi.org/10.… in lower case.';
COMMENT ON COLUMN core.link.owner IS 'own, third_party, or unknown where no rule speaks.';
COMMENT ON COLUMN core.link.owner_reason IS 'The rule that judged the owner, in one line.';

CREATE TABLE core.citation_span (
    document_id bigint NOT NULL REFERENCES core.document,
    citation_index integer NOT NULL,
    block_index integer NOT NULL,
    char_start integer NOT NULL CHECK (char_start >= 0),
    char_end integer NOT NULL,
    entry_index integer,
    PRIMARY KEY (document_id, citation_index),
    CONSTRAINT citation_span_span_check CHECK (char_end > char_start)
);
COMMENT ON TABLE core.citation_span IS 'parse: a place where the text cites an entry of the reference list. Grain: one mark × cited entry of one document. Only of sources that mark their citations.';
COMMENT ON COLUMN core.citation_span.document_id IS 'The document.';
COMMENT ON COLUMN core.citation_span.citation_index IS '0-based, in reading order.';
COMMENT ON COLUMN core.citation_span.block_index IS 'Block it stands in.';
COMMENT ON COLUMN core.citation_span.char_start IS 'First character in the text of the block, 0-based.';
COMMENT ON COLUMN core.citation_span.char_end IS 'Character after the last.';
COMMENT ON COLUMN core.citation_span.entry_index IS 'The entry in core.bibliography_entry; NULL where the mark points to none.';

CREATE TABLE core.chunk_set (
    chunk_set_id bigint PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES core.document,
    chunker_id bigint NOT NULL REFERENCES core.fingerprint,
    chunk_count integer NOT NULL CHECK (chunk_count >= 1),
    near_duplicate_count integer NOT NULL CHECK (near_duplicate_count >= 0),
    run_id bigint NOT NULL,
    chunked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT chunk_set_document_chunker_key UNIQUE (document_id, chunker_id)
);
CREATE INDEX chunk_set_run_id_idx ON core.chunk_set USING brin (run_id);
COMMENT ON TABLE core.chunk_set IS 'chunk: all chunks of one document by one chunker. Grain: document × chunker fingerprint.';
COMMENT ON COLUMN core.chunk_set.chunk_set_id IS 'Content key of document and chunker.';
COMMENT ON COLUMN core.chunk_set.document_id IS 'The document.';
COMMENT ON COLUMN core.chunk_set.chunker_id IS 'Fingerprint of the chunker.';
COMMENT ON COLUMN core.chunk_set.chunk_count IS 'Number of chunks, at least 1.';
COMMENT ON COLUMN core.chunk_set.near_duplicate_count IS 'Chunks left out because nearly the same text stands in an earlier one; their sentences stay in core.sentence.';
COMMENT ON COLUMN core.chunk_set.run_id IS 'The run that made it.';
COMMENT ON COLUMN core.chunk_set.chunked_at IS 'When it was made.';

CREATE TABLE core.chunk (
    chunk_set_id bigint NOT NULL REFERENCES core.chunk_set,
    chunk_index integer NOT NULL,
    section_index integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('prose', 'caption', 'table')),
    first_sentence integer NOT NULL,
    last_sentence integer NOT NULL,
    text text NOT NULL,
    prefix text NOT NULL,
    token_count integer NOT NULL CHECK (token_count >= 1),
    is_oversize boolean NOT NULL,
    is_suspect boolean NOT NULL,
    -- A tsvector stops at 1 MiB; a chunk never comes near it, an oversize one might.
    words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', left(text, 200000))) STORED,
    PRIMARY KEY (chunk_set_id, chunk_index),
    CONSTRAINT chunk_span_check CHECK (last_sentence >= first_sentence)
);
COMMENT ON TABLE core.chunk IS 'chunk: whole sentences of one section, small enough for the embedder. Grain: one chunk of one chunk set.';
COMMENT ON COLUMN core.chunk.chunk_set_id IS 'The chunk set.';
COMMENT ON COLUMN core.chunk.chunk_index IS '0-based, in reading order.';
COMMENT ON COLUMN core.chunk.section_index IS 'The section it stands in.';
COMMENT ON COLUMN core.chunk.kind IS 'prose, caption or table.';
COMMENT ON COLUMN core.chunk.first_sentence IS 'First sentence of the document in this chunk.';
COMMENT ON COLUMN core.chunk.last_sentence IS 'Last sentence, included.';
COMMENT ON COLUMN core.chunk.text IS 'The sentences joined by a blank.';
COMMENT ON COLUMN core.chunk.prefix IS 'Title and section path; embedded before the text, never evidence.';
COMMENT ON COLUMN core.chunk.token_count IS 'Tokens of prefix and text in the embedder''s tokenizer.';
COMMENT ON COLUMN core.chunk.is_oversize IS 'True where one sentence is longer than the budget.';
COMMENT ON COLUMN core.chunk.is_suspect IS 'True where a sentence reads like an instruction to a language model; a flag, nothing is left out.';
COMMENT ON COLUMN core.chunk.words IS 'Lexemes of the text for full-text search.';

CREATE FUNCTION core.word_place(p_lexeme text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
-- md5 and not the server's own hashes: those may change between versions, the places are kept.
RETURN CAST(CAST('x' || left(md5(p_lexeme), 7) AS bit(28)) AS integer) + 1;
COMMENT ON FUNCTION core.word_place IS 'Where a lexeme stands in a vector of 2^28 words. Grain: one lexeme. Two lexemes share a place once in 268 million.';

CREATE TABLE core.chunk_words (
    chunk_set_id bigint NOT NULL,
    chunk_index integer NOT NULL,
    section_kind text NOT NULL,
    weights sparsevec NOT NULL,
    PRIMARY KEY (chunk_set_id, chunk_index),
    FOREIGN KEY (chunk_set_id, chunk_index) REFERENCES core.chunk
);
COMMENT ON TABLE core.chunk_words IS 'embed: the weighed words of a chunk that questions may see; none of references, noise or hidden text. Grain: one chunk of one chunk set. Narrow on purpose, as core.embedding.';
COMMENT ON COLUMN core.chunk_words.chunk_set_id IS 'The chunk set.';
COMMENT ON COLUMN core.chunk_words.chunk_index IS 'The chunk.';
COMMENT ON COLUMN core.chunk_words.section_kind IS 'Kind of the section it stands in, as in core.section.';
COMMENT ON COLUMN core.chunk_words.weights IS 'BM25 of each lexeme within the document, at the place that core.word_place gives it; its inner product with the words of a question is the score of the word search.';

CREATE FUNCTION core.weigh_words(p_chunk_set_id bigint) RETURNS void
LANGUAGE sql
-- BM25 as in the memory index: k1 = 1.2, b = 0.75 (Robertson, Zaragoza, FnTIR 2009).
BEGIN ATOMIC
    INSERT INTO core.chunk_words (chunk_set_id, chunk_index, section_kind, weights)
    WITH readable AS MATERIALIZED (
        SELECT c.chunk_index, s.kind, c.words || to_tsvector('english', coalesce(s.path[cardinality(s.path)], '')) AS words
        FROM core.chunk_set cs
        JOIN core.chunk c USING (chunk_set_id)
        JOIN core.section s ON s.document_id = cs.document_id AND s.section_index = c.section_index
        WHERE cs.chunk_set_id = p_chunk_set_id AND s.zone NOT IN ('references', 'noise', 'hidden')
    ), found AS MATERIALIZED (
        SELECT r.chunk_index, w.lexeme, CAST(cardinality(w.positions) AS double precision) AS times
        FROM readable r CROSS JOIN unnest(r.words) w
    ), known AS (
        SELECT f.lexeme, core.word_place(f.lexeme) AS place,
               ln(1 + (max(n.chunks) - count(*) + 0.5) / (count(*) + 0.5)) AS idf
        FROM found f CROSS JOIN (SELECT CAST(count(*) AS double precision) AS chunks FROM readable) n
        GROUP BY f.lexeme
    ), sized AS (
        SELECT f.chunk_index, 1.2 * (0.25 + 0.75 * sum(f.times) / (sum(sum(f.times)) OVER () / (SELECT count(*) FROM readable))) AS damping
        FROM found f GROUP BY f.chunk_index
    ), weighed AS (
        -- Whole 4,096ths add up without rounding, so that equal chunks tie in whatever order they are
        -- summed. Grouped, since two lexemes may share a place.
        SELECT f.chunk_index, k.place, sum(greatest(1, round(4096 * k.idf * f.times * 2.2 / (f.times + s.damping)))) / 4096 AS weight
        FROM found f JOIN known k USING (lexeme) JOIN sized s USING (chunk_index)
        GROUP BY f.chunk_index, k.place
    )
    SELECT p_chunk_set_id, r.chunk_index, r.kind, CAST('{' || coalesce(w.entries, '') || '}/268435456' AS sparsevec)
    FROM readable r
    LEFT JOIN (
        -- A sparsevec holds no more entries; only an oversize chunk comes near.
        SELECT chunk_index, array_to_string((array_agg(place || ':' || weight))[:16000], ',') AS entries
        FROM weighed GROUP BY chunk_index
    ) w USING (chunk_index)
    -- Rows of one paper lie together, in reading order.
    ORDER BY r.chunk_index;
END;
COMMENT ON FUNCTION core.weigh_words IS 'Writes core.chunk_words of a chunk set whose chunks are written. Grain: one chunk set, once.';

CREATE TABLE core.embedding (
    chunk_set_id bigint NOT NULL,
    space_id bigint NOT NULL REFERENCES core.fingerprint,
    chunk_index integer NOT NULL,
    vector halfvec NOT NULL,
    PRIMARY KEY (chunk_set_id, space_id, chunk_index),
    FOREIGN KEY (chunk_set_id, chunk_index) REFERENCES core.chunk,
    -- A zero vector has no direction: cosine distance is NaN and an index hides the row.
    CONSTRAINT embedding_vector_check CHECK (l2_norm(vector) > 0)
);
COMMENT ON TABLE core.embedding IS 'embed: the vector of a chunk. Grain: chunk × embedding space. Narrow on purpose: one paper''s vectors lie in a dozen pages.';
COMMENT ON COLUMN core.embedding.chunk_set_id IS 'The chunk set.';
COMMENT ON COLUMN core.embedding.space_id IS 'Fingerprint of the embedding space; vectors of different spaces are never compared.';
COMMENT ON COLUMN core.embedding.chunk_index IS 'The chunk.';
COMMENT ON COLUMN core.embedding.vector IS 'Half precision; unit length where the space is normalised.';

CREATE TABLE core.question (
    question_id text PRIMARY KEY,
    catalogue text NOT NULL,
    current_version_id bigint,
    retired_at timestamptz
);
COMMENT ON TABLE core.question IS 'catalogue: an entry of the question catalogue. Grain: one question through all its versions.';
COMMENT ON COLUMN core.question.question_id IS 'Stable id, e.g. CQ01.';
COMMENT ON COLUMN core.question.catalogue IS 'Name of the catalogue it was loaded from.';
COMMENT ON COLUMN core.question.current_version_id IS 'The version asked tonight; NULL once retired.';
COMMENT ON COLUMN core.question.retired_at IS 'When it left the catalogue; NULL while it is asked.';

CREATE TABLE core.question_version (
    question_version_id bigint PRIMARY KEY,
    question_id text NOT NULL REFERENCES core.question,
    version integer NOT NULL CHECK (version >= 1),
    key text NOT NULL,
    text text NOT NULL,
    answer_type text NOT NULL CHECK (answer_type IN ('entity_list', 'key_value_list', 'url_list', 'enum_list', 'yes_no', 'short_text')),
    section_prior jsonb NOT NULL,
    cues text[] NOT NULL,
    spec jsonb NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX question_version_question_id_idx ON core.question_version (question_id);
ALTER TABLE core.question ADD CONSTRAINT question_current_version_id_fkey
    FOREIGN KEY (current_version_id) REFERENCES core.question_version;
COMMENT ON TABLE core.question_version IS 'catalogue: one meaning of a question. Grain: one semantic content; cosmetic edits make no new row.';
COMMENT ON COLUMN core.question_version.question_version_id IS 'Content key of the question id and its semantic content.';
COMMENT ON COLUMN core.question_version.question_id IS 'The question.';
COMMENT ON COLUMN core.question_version.version IS 'Number shown to people.';
COMMENT ON COLUMN core.question_version.key IS 'Name in snake case.';
COMMENT ON COLUMN core.question_version.text IS 'The question as asked; holds no examples.';
COMMENT ON COLUMN core.question_version.answer_type IS 'The form an answer has to take.';
COMMENT ON COLUMN core.question_version.section_prior IS 'Section kind to weight; 1 where absent, 0 bars the section.';
COMMENT ON COLUMN core.question_version.cues IS 'Words that often stand near an answer; for retrieval only.';
COMMENT ON COLUMN core.question_version.spec IS 'Vocabulary, applicability, derivation and decision rule.';
COMMENT ON COLUMN core.question_version.loaded_at IS 'When this version was first loaded.';

CREATE TABLE core.question_vector (
    question_version_id bigint NOT NULL REFERENCES core.question_version,
    space_id bigint NOT NULL REFERENCES core.fingerprint,
    vector vector NOT NULL,
    PRIMARY KEY (question_version_id, space_id),
    CONSTRAINT question_vector_vector_check CHECK (vector_norm(vector) > 0)
);
COMMENT ON TABLE core.question_vector IS 'embed: the vector of a question. Grain: question version × embedding space.';
COMMENT ON COLUMN core.question_vector.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.question_vector.space_id IS 'Fingerprint of the embedding space.';
COMMENT ON COLUMN core.question_vector.vector IS 'Single precision, made from the question''s text alone.';

CREATE TABLE core.ballot (
    document_id bigint NOT NULL REFERENCES core.document,
    question_version_id bigint NOT NULL REFERENCES core.question_version,
    answerer_id bigint NOT NULL REFERENCES core.fingerprint,
    state text NOT NULL CHECK (state IN ('answered', 'not_reported', 'not_applicable', 'unreadable', 'failed')),
    value jsonb,
    value_text text,
    score real CHECK (score BETWEEN 0 AND 1),
    reason text,
    context_sha256 text NOT NULL,
    carried_from bigint REFERENCES core.document,
    run_id bigint NOT NULL,
    cast_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (document_id, question_version_id, answerer_id),
    CONSTRAINT ballot_value_check CHECK ((state = 'answered') = (value IS NOT NULL AND value_text IS NOT NULL)),
    CONSTRAINT ballot_reason_check CHECK ((state = 'answered') = (reason IS NULL))
);
CREATE INDEX ballot_run_id_idx ON core.ballot USING brin (run_id);
COMMENT ON TABLE core.ballot IS 'answer: one answerer''s typed answer. Grain: one cell = document × question version × answerer.';
COMMENT ON COLUMN core.ballot.document_id IS 'The document that was asked.';
COMMENT ON COLUMN core.ballot.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.ballot.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN core.ballot.state IS 'answered, not_reported, not_applicable, unreadable or failed.';
COMMENT ON COLUMN core.ballot.value IS 'Typed value; NULL unless answered.';
COMMENT ON COLUMN core.ballot.value_text IS 'The value in one line; NULL unless answered.';
COMMENT ON COLUMN core.ballot.score IS 'The answerer''s own confidence, 0..1; NULL where it has none.';
COMMENT ON COLUMN core.ballot.reason IS 'Why there is no answer; NULL exactly when answered.';
COMMENT ON COLUMN core.ballot.context_sha256 IS 'Hash of the passages retrieved for this question.';
COMMENT ON COLUMN core.ballot.carried_from IS 'Earlier document whose ballot was carried over because the context is the same; NULL when asked.';
COMMENT ON COLUMN core.ballot.run_id IS 'The run that cast it; 0 for a recorded answer of another system, which no run asked.';
COMMENT ON COLUMN core.ballot.cast_at IS 'When it was cast.';

CREATE TABLE core.passage (
    document_id bigint NOT NULL,
    question_version_id bigint NOT NULL,
    answerer_id bigint NOT NULL,
    passage_rank integer NOT NULL CHECK (passage_rank >= 1),
    chunk_set_id bigint NOT NULL,
    chunk_index integer NOT NULL,
    score real NOT NULL,
    cosine real NOT NULL,
    methods text[] NOT NULL,
    PRIMARY KEY (document_id, question_version_id, answerer_id, passage_rank),
    FOREIGN KEY (document_id, question_version_id, answerer_id) REFERENCES core.ballot,
    FOREIGN KEY (chunk_set_id, chunk_index) REFERENCES core.chunk
);
COMMENT ON TABLE core.passage IS 'retrieve: a chunk as retrieved for one cell. Grain: cell × rank.';
COMMENT ON COLUMN core.passage.document_id IS 'The document.';
COMMENT ON COLUMN core.passage.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.passage.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN core.passage.passage_rank IS '1 is the best.';
COMMENT ON COLUMN core.passage.chunk_set_id IS 'The chunk set searched.';
COMMENT ON COLUMN core.passage.chunk_index IS 'The chunk found.';
COMMENT ON COLUMN core.passage.score IS 'Reciprocal rank fusion score times section prior, above 0.';
COMMENT ON COLUMN core.passage.cosine IS 'Cosine similarity of question and chunk, -1..1.';
COMMENT ON COLUMN core.passage.methods IS 'Which searches found it: vector, text.';

CREATE TABLE core.evidence (
    document_id bigint NOT NULL,
    question_version_id bigint NOT NULL,
    answerer_id bigint NOT NULL,
    evidence_rank integer NOT NULL CHECK (evidence_rank >= 1),
    block_index integer NOT NULL,
    sentence_index integer NOT NULL,
    char_start integer NOT NULL,
    char_end integer NOT NULL,
    quote text NOT NULL,
    match_kind text NOT NULL CHECK (match_kind IN ('cited', 'exact', 'fuzzy')),
    PRIMARY KEY (document_id, question_version_id, answerer_id, evidence_rank),
    FOREIGN KEY (document_id, question_version_id, answerer_id) REFERENCES core.ballot,
    FOREIGN KEY (document_id, block_index) REFERENCES core.block,
    FOREIGN KEY (document_id, sentence_index) REFERENCES core.sentence,
    CONSTRAINT evidence_span_check CHECK (char_end > char_start)
);
COMMENT ON TABLE core.evidence IS 'verify: the place that proves an answer. Grain: cell × rank. A trigger refuses a quote that is not a slice of the stored source.';
COMMENT ON COLUMN core.evidence.document_id IS 'The document.';
COMMENT ON COLUMN core.evidence.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.evidence.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN core.evidence.evidence_rank IS '1 is the strongest.';
COMMENT ON COLUMN core.evidence.block_index IS 'The block the quote is a slice of.';
COMMENT ON COLUMN core.evidence.sentence_index IS 'The sentence it stands in.';
COMMENT ON COLUMN core.evidence.char_start IS 'First character in the block, 0-based.';
COMMENT ON COLUMN core.evidence.char_end IS 'One past the last character.';
COMMENT ON COLUMN core.evidence.quote IS 'The slice itself.';
COMMENT ON COLUMN core.evidence.match_kind IS 'cited (by sentence id), exact or fuzzy.';

CREATE FUNCTION core.refuse_foreign_quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM core.block b
        WHERE b.document_id = NEW.document_id AND b.block_index = NEW.block_index
          AND b.zone NOT IN ('noise', 'hidden')
          -- An entry of the reference list proves nothing alone: stronger evidence outside it cites it.
          AND (b.zone <> 'references' OR EXISTS (
              SELECT FROM core.evidence e
              JOIN core.block citing ON citing.document_id = e.document_id AND citing.block_index = e.block_index
              WHERE (e.document_id, e.question_version_id, e.answerer_id)
                  = (NEW.document_id, NEW.question_version_id, NEW.answerer_id)
                AND e.evidence_rank < NEW.evidence_rank AND citing.zone <> 'references'
          ))
          AND substr(b.text, NEW.char_start + 1, NEW.char_end - NEW.char_start) = NEW.quote
    ) THEN
        RAISE EXCEPTION 'evidence of document % question % is not a slice of readable source text',
            NEW.document_id, NEW.question_version_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION core.refuse_foreign_quote() IS 'Refuses evidence that is not a slice of a block a reader can see, or is an entry of the reference list without the sentence that cites it.';
CREATE TRIGGER evidence_is_source_slice BEFORE INSERT OR UPDATE ON core.evidence
    FOR EACH ROW EXECUTE FUNCTION core.refuse_foreign_quote();

CREATE FUNCTION core.refuse_unproven_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'answered' AND NOT EXISTS (
        SELECT FROM core.evidence e
        WHERE (e.document_id, e.question_version_id, e.answerer_id)
            = (NEW.document_id, NEW.question_version_id, NEW.answerer_id)
    ) THEN
        RAISE EXCEPTION 'document % question %: answered without evidence',
            NEW.document_id, NEW.question_version_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION core.refuse_unproven_answer() IS 'Refuses, at commit, an answered ballot without evidence.';
CREATE CONSTRAINT TRIGGER ballot_answered_has_evidence AFTER INSERT OR UPDATE ON core.ballot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION core.refuse_unproven_answer();

CREATE TABLE core.release (
    release_id integer PRIMARY KEY,
    run_id bigint NOT NULL,
    changed_count integer NOT NULL,
    decision_count integer NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE core.release IS 'publish: a state of all decisions that analysts can see and ask again. Grain: one publication.';
COMMENT ON COLUMN core.release.release_id IS 'Counts from 1.';
COMMENT ON COLUMN core.release.run_id IS 'The run that published it.';
COMMENT ON COLUMN core.release.changed_count IS 'Decisions that differ from the release before.';
COMMENT ON COLUMN core.release.decision_count IS 'Decisions that hold in this release.';
COMMENT ON COLUMN core.release.published_at IS 'When analysts began to see it.';

CREATE TABLE core.decision (
    work_id bigint NOT NULL REFERENCES core.work,
    question_id text NOT NULL REFERENCES core.question,
    from_release integer NOT NULL,
    to_release integer,
    question_version_id bigint NOT NULL REFERENCES core.question_version,
    document_id bigint REFERENCES core.document,
    state text NOT NULL CHECK (state IN ('answered', 'not_reported', 'not_applicable', 'unreadable', 'failed', 'conflicting')),
    value jsonb,
    value_text text,
    probability real CHECK (probability BETWEEN 0 AND 1),
    reason text,
    rule_id bigint NOT NULL REFERENCES core.fingerprint,
    ballots_md5 text NOT NULL,
    cause text NOT NULL CHECK (cause IN ('new_paper', 'new_question', 'question_version', 're_parse', 'answerer', 'model', 'prompt', 'foreign_answer', 'rule', 'outcome', 'human', 'calibration', 'retraction', 'retired')),
    run_id bigint NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    voted_state text NOT NULL CHECK (voted_state IN ('answered', 'not_reported', 'not_applicable', 'unreadable', 'failed', 'conflicting')),
    voters bigint[] NOT NULL DEFAULT '{}',
    share real CHECK (share BETWEEN 0 AND 1),
    calibration_id bigint,
    calibration_scope text,
    gold_label text CHECK (gold_label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable')),
    gold_basis text CHECK (gold_basis IN ('adjudicated', 'agreed')),
    is_retracted boolean NOT NULL DEFAULT false,
    yes_probability double precision CHECK (yes_probability BETWEEN 0 AND 1),
    PRIMARY KEY (work_id, question_id, from_release),
    CONSTRAINT decision_gold_check CHECK ((gold_label IS NULL) = (gold_basis IS NULL)),
    CONSTRAINT decision_calibrated_check CHECK (probability IS NULL OR (share IS NOT NULL AND calibration_scope IS NOT NULL)),
    CONSTRAINT decision_value_check CHECK ((state IN ('answered', 'conflicting')) = (value IS NOT NULL)),
    CONSTRAINT decision_release_check CHECK (to_release > from_release)
);
CREATE UNIQUE INDEX decision_current_key ON core.decision (work_id, question_id) WHERE to_release IS NULL;
CREATE INDEX decision_run_id_idx ON core.decision USING brin (run_id);
CREATE INDEX decision_from_release_idx ON core.decision (from_release);
-- With the whole cell: a change asks for the one decision that ended where it begins.
CREATE INDEX decision_to_release_idx ON core.decision (to_release, work_id, question_id) WHERE to_release IS NOT NULL;
-- Analysts ask one question of all papers; equal keys are stored once, so each is a fiftieth of the table.
CREATE INDEX decision_question_version_id_idx ON core.decision (question_version_id);
CREATE INDEX decision_question_id_idx ON core.decision (question_id);
-- The desk asks for the least certain answers of a question first.
CREATE INDEX decision_doubt_idx ON core.decision (question_id, (CASE WHEN yes_probability <= 0 OR yes_probability >= 1 THEN 0
     ELSE -(yes_probability * ln(yes_probability) + (1 - yes_probability) * ln(1 - yes_probability)) / ln(2.0::double precision) END) DESC, work_id)
    WHERE to_release IS NULL AND yes_probability IS NOT NULL;
COMMENT ON TABLE core.decision IS 'decide: the ensemble''s answer. Grain: work × question × first release it holds in; it holds until to_release.';
COMMENT ON COLUMN core.decision.work_id IS 'The work.';
COMMENT ON COLUMN core.decision.question_id IS 'The question.';
COMMENT ON COLUMN core.decision.from_release IS 'First release this decision holds in; not visible before that release is published.';
COMMENT ON COLUMN core.decision.to_release IS 'First release it no longer holds in; NULL while it holds.';
COMMENT ON COLUMN core.decision.question_version_id IS 'The question version that was asked.';
COMMENT ON COLUMN core.decision.document_id IS 'The document that was asked; NULL where none could be read.';
COMMENT ON COLUMN core.decision.state IS 'A cell''s states, and conflicting where voters disagree on the value.';
COMMENT ON COLUMN core.decision.value IS 'Typed value; NULL unless answered or conflicting.';
COMMENT ON COLUMN core.decision.value_text IS 'The value in one line.';
COMMENT ON COLUMN core.decision.probability IS 'That the voters'' state is right, 0..1, by the calibration named beside it; NULL without one, where nobody said yes or no, and where people settled it.';
COMMENT ON COLUMN core.decision.reason IS 'Why there is no answer; NULL when answered.';
COMMENT ON COLUMN core.decision.rule_id IS 'Fingerprint of the decision rule.';
COMMENT ON COLUMN core.decision.ballots_md5 IS 'Hash of the ballots and foreign votes decided on; a change makes the decision due again.';
COMMENT ON COLUMN core.decision.cause IS 'What made it differ from the one before; of several the first in this order: new_paper, new_question, question_version, retraction, outcome, re_parse, rule, human, model, prompt, answerer, foreign_answer, calibration.';
COMMENT ON COLUMN core.decision.run_id IS 'The run that decided.';
COMMENT ON COLUMN core.decision.decided_at IS 'When it was decided.';
COMMENT ON COLUMN core.decision.voted_state IS 'The state that the votes alone gave; differs from state only where people overruled them. Statistics use this one.';
COMMENT ON COLUMN core.decision.voters IS 'Fingerprints of all answerers that were heard, ascending; other systems among them.';
COMMENT ON COLUMN core.decision.share IS 'Share of yes among the votes for yes or no, by the rule''s weights, 0..1; NULL where nobody said either. Not a probability.';
COMMENT ON COLUMN core.decision.calibration_id IS 'The calibration in force when it was decided; NULL where there was none.';
COMMENT ON COLUMN core.decision.calibration_scope IS 'Its curve that was used: the question, or pooled; NULL where it had none with enough labels.';
COMMENT ON COLUMN core.decision.gold_label IS 'What people settled on: adjudicated, or agreed by two or more; NULL where they have not.';
COMMENT ON COLUMN core.decision.gold_basis IS 'adjudicated or agreed; NULL where people have not settled it.';
COMMENT ON COLUMN core.decision.is_retracted IS 'True where the paper was known to be retracted; the answer stays as it was.';
COMMENT ON COLUMN core.decision.yes_probability IS 'That people would say yes, 0..1: by the calibration, 0.5 of a conflict, the score of a single vote, else (yes + 0.5) / (votes + 1); NULL where nobody said yes or no.';

CREATE TABLE core.decision_support (
    work_id bigint NOT NULL,
    question_id text NOT NULL,
    from_release integer NOT NULL,
    answerer_id bigint NOT NULL REFERENCES core.fingerprint,
    PRIMARY KEY (work_id, question_id, from_release, answerer_id),
    FOREIGN KEY (work_id, question_id, from_release) REFERENCES core.decision ON DELETE CASCADE
);
COMMENT ON TABLE core.decision_support IS 'decide: whose ballots carry a decision. Grain: decision × answerer.';
COMMENT ON COLUMN core.decision_support.work_id IS 'The work.';
COMMENT ON COLUMN core.decision_support.question_id IS 'The question.';
COMMENT ON COLUMN core.decision_support.from_release IS 'First release of the decision.';
COMMENT ON COLUMN core.decision_support.answerer_id IS 'Fingerprint of a supporting answerer.';
