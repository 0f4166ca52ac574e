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
COMMENT ON TABLE core.work IS 'fetch: one scholarly work. Grain: one work; a folder source makes one work per distinct content.';
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
    fetched_at timestamptz NOT NULL DEFAULT clock_timestamp()
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
COMMENT ON COLUMN core.ballot.run_id IS 'The run that cast it.';
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
          AND b.zone NOT IN ('references', 'noise', 'hidden')
          AND substr(b.text, NEW.char_start + 1, NEW.char_end - NEW.char_start) = NEW.quote
    ) THEN
        RAISE EXCEPTION 'evidence of document % question % is not a slice of readable source text',
            NEW.document_id, NEW.question_version_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION core.refuse_foreign_quote() IS 'Refuses evidence that is not a slice of a block a reader can see.';
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
    cause text NOT NULL CHECK (cause IN ('new_paper', 'new_question', 'question_version', 're_parse', 'answerer', 'rule', 'outcome', 'retired')),
    run_id bigint NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (work_id, question_id, from_release),
    CONSTRAINT decision_value_check CHECK ((state IN ('answered', 'conflicting')) = (value IS NOT NULL)),
    CONSTRAINT decision_release_check CHECK (to_release > from_release)
);
CREATE UNIQUE INDEX decision_current_key ON core.decision (work_id, question_id) WHERE to_release IS NULL;
CREATE INDEX decision_run_id_idx ON core.decision USING brin (run_id);
CREATE INDEX decision_from_release_idx ON core.decision (from_release);
CREATE INDEX decision_to_release_idx ON core.decision (to_release) WHERE to_release IS NOT NULL;
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
COMMENT ON COLUMN core.decision.probability IS 'That the decision is right, 0..1; NULL until calibrated on labels.';
COMMENT ON COLUMN core.decision.reason IS 'Why there is no answer; NULL when answered.';
COMMENT ON COLUMN core.decision.rule_id IS 'Fingerprint of the decision rule.';
COMMENT ON COLUMN core.decision.ballots_md5 IS 'Hash of the ballots decided on; a change makes the decision due again.';
COMMENT ON COLUMN core.decision.cause IS 'Why this decision was made.';
COMMENT ON COLUMN core.decision.run_id IS 'The run that decided.';
COMMENT ON COLUMN core.decision.decided_at IS 'When it was decided.';

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
-- What others said of the papers: answers of other systems, and labels that people gave.
-- None of it is a ballot of ours, so none of it weakens the rule that an answer needs its proof.
CREATE FUNCTION core.paper_key(label text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(regexp_replace(lower(btrim(label, E' \t\r\n\u00a0')),
    '^(https?://(dx\.)?doi\.org/|doi:\s*)', ''), '(\.tei)?\.(pdf|xml|nxml|txt|html?)$', ''),
    '^(10\.\d{4,9})_', '\1/');
COMMENT ON FUNCTION core.paper_key(text) IS 'A name of a paper without case, blanks, file ending and DOI address; a DOI written with _ for its first / gets the / back.';

CREATE TABLE core.foreign_paper (
    foreign_paper_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    paper_key text NOT NULL UNIQUE CHECK (paper_key <> ''),
    label text NOT NULL,
    work_id bigint NOT NULL REFERENCES core.work,
    match_kind text NOT NULL CHECK (match_kind IN ('work_id', 'name', 'stem', 'doi', 'created')),
    matched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX foreign_paper_work_id_idx ON core.foreign_paper (work_id);
COMMENT ON TABLE core.foreign_paper IS 'A name under which others speak of a paper, and the work it stands for. Grain: one name, without case and file ending.';
COMMENT ON COLUMN core.foreign_paper.foreign_paper_id IS 'Counts up.';
COMMENT ON COLUMN core.foreign_paper.paper_key IS 'The name folded by core.paper_key.';
COMMENT ON COLUMN core.foreign_paper.label IS 'The name as first met. Untrusted text.';
COMMENT ON COLUMN core.foreign_paper.work_id IS 'The work; points to the real one as soon as its full text is here.';
COMMENT ON COLUMN core.foreign_paper.match_kind IS 'How it was found: work_id, name, stem (file name without ending), doi; created where no full text is here.';
COMMENT ON COLUMN core.foreign_paper.matched_at IS 'When it was matched.';

CREATE TABLE core.foreign_answer (
    foreign_paper_id bigint NOT NULL REFERENCES core.foreign_paper,
    question_id text NOT NULL REFERENCES core.question,
    answerer text NOT NULL,
    form text NOT NULL CHECK (form IN ('verdict', 'prose', 'empty')),
    raw text NOT NULL,
    raw_state text,
    raw_value text,
    state text NOT NULL CHECK (state IN ('answered', 'not_reported', 'not_applicable', 'unreadable', 'failed')),
    state_basis text NOT NULL CHECK (state_basis IN ('stated', 'verdict', 'inferred', 'empty')),
    reason text,
    quote text,
    evidence_status text NOT NULL CHECK (evidence_status IN ('waiting', 'exact', 'fuzzy', 'unsupported', 'no_quote', 'not_needed')),
    source_name text NOT NULL,
    line integer NOT NULL CHECK (line >= 1),
    imported_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (foreign_paper_id, question_id, answerer, form),
    CONSTRAINT foreign_answer_reason_check CHECK ((state = 'answered') = (reason IS NULL))
);
CREATE INDEX foreign_answer_waiting_idx ON core.foreign_answer (foreign_paper_id) WHERE evidence_status = 'waiting';
COMMENT ON TABLE core.foreign_answer IS 'A recorded answer of another system, kept as it was given. Grain: name of a paper × question × answerer × form.';
COMMENT ON COLUMN core.foreign_answer.foreign_paper_id IS 'The paper.';
COMMENT ON COLUMN core.foreign_answer.question_id IS 'The question.';
COMMENT ON COLUMN core.foreign_answer.answerer IS 'Name of the system. Untrusted text.';
COMMENT ON COLUMN core.foreign_answer.form IS 'verdict (yes, no and the like), prose, or empty; one system may have given a verdict and prose.';
COMMENT ON COLUMN core.foreign_answer.raw IS 'The answer, character by character. Untrusted text.';
COMMENT ON COLUMN core.foreign_answer.raw_state IS 'The state the file gave; NULL where it gave none.';
COMMENT ON COLUMN core.foreign_answer.raw_value IS 'The value the file gave; NULL where it gave none.';
COMMENT ON COLUMN core.foreign_answer.state IS 'The normalised state, as of a ballot.';
COMMENT ON COLUMN core.foreign_answer.state_basis IS 'stated in the file, read from a verdict, inferred from prose, or empty.';
COMMENT ON COLUMN core.foreign_answer.reason IS 'Why there is no answer; NULL exactly when answered.';
COMMENT ON COLUMN core.foreign_answer.quote IS 'The passage the file names as proof; NULL where it names none.';
COMMENT ON COLUMN core.foreign_answer.evidence_status IS 'exact or fuzzy: found in the paper; unsupported: not found; waiting: the paper is not here; no_quote: a bare verdict; not_needed: no claim.';
COMMENT ON COLUMN core.foreign_answer.source_name IS 'Name of the file it came from.';
COMMENT ON COLUMN core.foreign_answer.line IS '1-based line of that file, or number of the file in a folder.';
COMMENT ON COLUMN core.foreign_answer.imported_at IS 'When it was imported.';

CREATE TABLE core.foreign_evidence (
    foreign_paper_id bigint NOT NULL,
    question_id text NOT NULL,
    answerer text NOT NULL,
    form text NOT NULL,
    evidence_rank integer NOT NULL CHECK (evidence_rank >= 1),
    document_id bigint NOT NULL,
    block_index integer NOT NULL,
    char_start integer NOT NULL CHECK (char_start >= 0),
    char_end integer NOT NULL,
    quote text NOT NULL,
    match_kind text NOT NULL CHECK (match_kind IN ('exact', 'fuzzy')),
    similarity real NOT NULL CHECK (similarity BETWEEN 0 AND 1),
    PRIMARY KEY (foreign_paper_id, question_id, answerer, form, evidence_rank),
    FOREIGN KEY (foreign_paper_id, question_id, answerer, form) REFERENCES core.foreign_answer,
    FOREIGN KEY (document_id, block_index) REFERENCES core.block,
    CONSTRAINT foreign_evidence_span_check CHECK (char_end > char_start)
);
COMMENT ON TABLE core.foreign_evidence IS 'Where the words of a foreign answer stand in the paper. Grain: foreign answer × rank. A trigger refuses a quote that is not a slice of the stored source.';
COMMENT ON COLUMN core.foreign_evidence.foreign_paper_id IS 'The paper.';
COMMENT ON COLUMN core.foreign_evidence.question_id IS 'The question.';
COMMENT ON COLUMN core.foreign_evidence.answerer IS 'Name of the system.';
COMMENT ON COLUMN core.foreign_evidence.form IS 'verdict or prose.';
COMMENT ON COLUMN core.foreign_evidence.evidence_rank IS '1 is the first found.';
COMMENT ON COLUMN core.foreign_evidence.document_id IS 'The reading that was searched.';
COMMENT ON COLUMN core.foreign_evidence.block_index IS 'The block the quote is a slice of.';
COMMENT ON COLUMN core.foreign_evidence.char_start IS 'First character in the block, 0-based.';
COMMENT ON COLUMN core.foreign_evidence.char_end IS 'One past the last character.';
COMMENT ON COLUMN core.foreign_evidence.quote IS 'The slice itself.';
COMMENT ON COLUMN core.foreign_evidence.match_kind IS 'exact up to case, blanks and hyphens, or fuzzy.';
COMMENT ON COLUMN core.foreign_evidence.similarity IS 'Share of matching characters, 0..1; 1 where exact.';

CREATE FUNCTION core.refuse_foreign_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM core.block b
        WHERE b.document_id = NEW.document_id AND b.block_index = NEW.block_index
          AND b.zone NOT IN ('references', 'noise', 'hidden')
          AND substr(b.text, NEW.char_start + 1, NEW.char_end - NEW.char_start) = NEW.quote
    ) THEN
        RAISE EXCEPTION 'evidence of % for question % is not a slice of readable source text',
            NEW.answerer, NEW.question_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION core.refuse_foreign_evidence() IS 'Refuses foreign evidence that is not a slice of a block a reader can see.';
CREATE TRIGGER foreign_evidence_is_source_slice BEFORE INSERT OR UPDATE ON core.foreign_evidence
    FOR EACH ROW EXECUTE FUNCTION core.refuse_foreign_evidence();

CREATE TABLE core.annotation (
    annotation_id bigint PRIMARY KEY,
    foreign_paper_id bigint NOT NULL REFERENCES core.foreign_paper,
    question_id text NOT NULL REFERENCES core.question,
    annotator text NOT NULL,
    about_answerer text,
    raw_label text NOT NULL,
    label text NOT NULL CHECK (label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable', 'missing')),
    value text,
    comment text,
    is_blind boolean,
    sample text NOT NULL CHECK (sample IN ('random', 'chosen', 'unstated')),
    seconds real CHECK (seconds >= 0),
    labelled_at timestamptz,
    source_name text NOT NULL,
    line integer NOT NULL CHECK (line >= 1),
    imported_at timestamptz NOT NULL DEFAULT transaction_timestamp()
);
CREATE INDEX annotation_cell_idx ON core.annotation (question_id, foreign_paper_id);
COMMENT ON TABLE core.annotation IS 'A label a person gave; a change of mind is a further row. Grain: paper × question × annotator × what was judged × label.';
COMMENT ON COLUMN core.annotation.annotation_id IS 'Content key: the same label imported twice is one row.';
COMMENT ON COLUMN core.annotation.foreign_paper_id IS 'The paper.';
COMMENT ON COLUMN core.annotation.question_id IS 'The question.';
COMMENT ON COLUMN core.annotation.annotator IS 'Who labelled.';
COMMENT ON COLUMN core.annotation.about_answerer IS 'The system whose answer was judged; NULL where the fact was labelled, which is what gold is made of.';
COMMENT ON COLUMN core.annotation.raw_label IS 'The label, character by character.';
COMMENT ON COLUMN core.annotation.label IS 'The normalised label; missing where it is blank.';
COMMENT ON COLUMN core.annotation.value IS 'The value the person gave; NULL where none.';
COMMENT ON COLUMN core.annotation.comment IS 'Free words; NULL where none.';
COMMENT ON COLUMN core.annotation.is_blind IS 'True where the person saw neither an answer nor another label; NULL where nobody said.';
COMMENT ON COLUMN core.annotation.sample IS 'random: drawn at random from the corpus; chosen: picked, as from a review queue; unstated.';
COMMENT ON COLUMN core.annotation.seconds IS 'How long it took; NULL where not measured.';
COMMENT ON COLUMN core.annotation.labelled_at IS 'When the person labelled; NULL where the file does not say.';
COMMENT ON COLUMN core.annotation.source_name IS 'Name of the file it came from.';
COMMENT ON COLUMN core.annotation.line IS '1-based line of that file.';
COMMENT ON COLUMN core.annotation.imported_at IS 'When it was imported.';

CREATE TABLE core.adjudication (
    adjudication_id bigint PRIMARY KEY,
    foreign_paper_id bigint NOT NULL REFERENCES core.foreign_paper,
    question_id text NOT NULL REFERENCES core.question,
    adjudicator text NOT NULL,
    raw_label text NOT NULL,
    label text NOT NULL CHECK (label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable')),
    comment text,
    seconds real CHECK (seconds >= 0),
    labelled_at timestamptz,
    source_name text NOT NULL,
    line integer NOT NULL CHECK (line >= 1),
    imported_at timestamptz NOT NULL DEFAULT transaction_timestamp()
);
CREATE INDEX adjudication_cell_idx ON core.adjudication (question_id, foreign_paper_id);
COMMENT ON TABLE core.adjudication IS 'The last word on a fact after annotators were heard. Grain: paper × question × adjudicator × label; the newest holds.';
COMMENT ON COLUMN core.adjudication.adjudication_id IS 'Content key: the same word imported twice is one row.';
COMMENT ON COLUMN core.adjudication.foreign_paper_id IS 'The paper.';
COMMENT ON COLUMN core.adjudication.question_id IS 'The question.';
COMMENT ON COLUMN core.adjudication.adjudicator IS 'Who decided.';
COMMENT ON COLUMN core.adjudication.raw_label IS 'The label, character by character.';
COMMENT ON COLUMN core.adjudication.label IS 'The normalised label.';
COMMENT ON COLUMN core.adjudication.comment IS 'Why; NULL where not said.';
COMMENT ON COLUMN core.adjudication.seconds IS 'How long it took; NULL where not measured.';
COMMENT ON COLUMN core.adjudication.labelled_at IS 'When it was decided; NULL where the file does not say.';
COMMENT ON COLUMN core.adjudication.source_name IS 'Name of the file it came from.';
COMMENT ON COLUMN core.adjudication.line IS '1-based line of that file.';
COMMENT ON COLUMN core.adjudication.imported_at IS 'When it was imported.';
CREATE TABLE core.generation (
    document_id bigint NOT NULL,
    question_version_id bigint NOT NULL,
    answerer_id bigint NOT NULL,
    model text NOT NULL,
    system_fingerprint text,
    prompt_sha256 text NOT NULL,
    schema_sha256 text NOT NULL,
    seed bigint NOT NULL,
    call_count integer NOT NULL CHECK (call_count >= 1),
    prompt_tokens integer NOT NULL CHECK (prompt_tokens >= 0),
    cached_tokens integer CHECK (cached_tokens >= 0),
    completion_tokens integer NOT NULL CHECK (completion_tokens >= 0),
    latency_seconds real NOT NULL CHECK (latency_seconds >= 0),
    finish_reason text NOT NULL,
    request_id text NOT NULL,
    output_text text NOT NULL,
    suspect_count integer NOT NULL CHECK (suspect_count >= 0),
    PRIMARY KEY (document_id, question_version_id, answerer_id),
    FOREIGN KEY (document_id, question_version_id, answerer_id) REFERENCES core.ballot
);
COMMENT ON TABLE core.generation IS 'answer: what a language model was asked for a cell, and what that took. Grain: one cell = document × question version × answerer; cells filled without a model, and those carried over, have none.';
COMMENT ON COLUMN core.generation.document_id IS 'The document that was asked.';
COMMENT ON COLUMN core.generation.question_version_id IS 'The question version.';
COMMENT ON COLUMN core.generation.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN core.generation.model IS 'The model''s name as the server gave it back.';
COMMENT ON COLUMN core.generation.system_fingerprint IS 'Version and configuration of the engine as it reports them; NULL where it does not.';
COMMENT ON COLUMN core.generation.prompt_sha256 IS 'Hash of the last prompt: system text, context and question.';
COMMENT ON COLUMN core.generation.schema_sha256 IS 'Hash of the schema that the answer had to follow.';
COMMENT ON COLUMN core.generation.seed IS 'Seed sent with each call.';
COMMENT ON COLUMN core.generation.call_count IS 'Calls that were answered; more than one where it was asked again.';
COMMENT ON COLUMN core.generation.prompt_tokens IS 'Tokens sent, all calls.';
COMMENT ON COLUMN core.generation.cached_tokens IS 'Of those, taken from the prefix cache; NULL where the engine does not report it.';
COMMENT ON COLUMN core.generation.completion_tokens IS 'Tokens written, all calls.';
COMMENT ON COLUMN core.generation.latency_seconds IS 'Waiting time, all calls, seconds.';
COMMENT ON COLUMN core.generation.finish_reason IS 'Why the last call ended.';
COMMENT ON COLUMN core.generation.request_id IS 'Id of the last request, also in the server''s log.';
COMMENT ON COLUMN core.generation.output_text IS 'The last output as it came, at most 8,000 characters. Untrusted text.';
COMMENT ON COLUMN core.generation.suspect_count IS 'Sentences and headings of the context that read like instructions to a model.';
-- Runs, claims, failures. Nothing here is a fact about a paper; it may be cleaned.
CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS 'Operations: runs, batches, claims with leases, outcomes and failures.';

CREATE TABLE ops.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('night', 'adhoc', 'cli')),
    trigger text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'abandoned')),
    holder text NOT NULL CHECK (holder IN ('session', 'lease')),
    lease_until timestamptz NOT NULL,
    papers text,
    work_ids bigint[],
    question_ids text[],
    note text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);
CREATE UNIQUE INDEX run_running_key ON ops.run ((true)) WHERE state = 'running';
COMMENT ON TABLE ops.run IS 'One night, ad-hoc question or command-line run. Grain: one run; at most one is running.';
COMMENT ON COLUMN ops.run.run_id IS 'Counts up.';
COMMENT ON COLUMN ops.run.kind IS 'night, adhoc or cli.';
COMMENT ON COLUMN ops.run.trigger IS 'What began it: an Airflow run id or a command.';
COMMENT ON COLUMN ops.run.state IS 'running, then done, failed or abandoned (its holder is gone).';
COMMENT ON COLUMN ops.run.holder IS 'session: alive while the advisory lock is held; lease: alive until lease_until.';
COMMENT ON COLUMN ops.run.lease_until IS 'By the database clock; renewed while work goes on.';
COMMENT ON COLUMN ops.run.papers IS 'Folder the run fetches from; NULL when it fetches none.';
COMMENT ON COLUMN ops.run.work_ids IS 'Works an ad-hoc run is confined to; NULL for all.';
COMMENT ON COLUMN ops.run.question_ids IS 'Questions an ad-hoc run is confined to; NULL for all.';
COMMENT ON COLUMN ops.run.note IS 'How it ended, in words.';
COMMENT ON COLUMN ops.run.started_at IS 'By the database clock.';
COMMENT ON COLUMN ops.run.ended_at IS 'NULL while running.';

CREATE TABLE ops.active_fingerprint (
    stage text NOT NULL,
    scope text NOT NULL,
    fingerprint_id bigint NOT NULL REFERENCES core.fingerprint,
    PRIMARY KEY (stage, scope)
);
COMMENT ON TABLE ops.active_fingerprint IS 'The recipes in force: what is due is what these have not done yet. Grain: stage × scope.';
COMMENT ON COLUMN ops.active_fingerprint.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.active_fingerprint.scope IS 'Media type for parse, answerer name for answer, empty otherwise.';
COMMENT ON COLUMN ops.active_fingerprint.fingerprint_id IS 'The recipe in force.';

CREATE TABLE ops.sighting (
    sighting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES ops.run,
    source text NOT NULL,
    locator text NOT NULL,
    etag text NOT NULL,
    outcome text NOT NULL DEFAULT 'found' CHECK (outcome IN ('found', 'new', 'known', 'duplicate', 'excluded', 'failed')),
    full_text_id bigint REFERENCES core.full_text,
    code text,
    detail text,
    final_outcome text CHECK (final_outcome IN ('answered', 'duplicate', 'excluded', 'failed')),
    final_code text,
    CONSTRAINT sighting_run_place_key UNIQUE (run_id, source, locator)
);
CREATE INDEX sighting_full_text_id_idx ON ops.sighting (full_text_id);
COMMENT ON TABLE ops.sighting IS 'fetch: what a run found at its source and how each ended. Grain: run × place.';
COMMENT ON COLUMN ops.sighting.sighting_id IS 'Counts up.';
COMMENT ON COLUMN ops.sighting.run_id IS 'The run.';
COMMENT ON COLUMN ops.sighting.source IS 'Key of the source.';
COMMENT ON COLUMN ops.sighting.locator IS 'Place within the source. Untrusted text.';
COMMENT ON COLUMN ops.sighting.etag IS 'As the source gave it.';
COMMENT ON COLUMN ops.sighting.outcome IS 'How fetch ended: found (not yet looked at), new, known, duplicate, excluded or failed.';
COMMENT ON COLUMN ops.sighting.full_text_id IS 'The content; NULL where no bytes could be taken.';
COMMENT ON COLUMN ops.sighting.code IS 'Outcome code of fetch; NULL for new and known.';
COMMENT ON COLUMN ops.sighting.detail IS 'What happened, in words.';
COMMENT ON COLUMN ops.sighting.final_outcome IS 'How the paper ended this run; NULL while the run goes on or was stopped.';
COMMENT ON COLUMN ops.sighting.final_code IS 'Outcome code of an excluded or failed paper.';

CREATE TABLE ops.batch (
    batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES ops.run,
    stage text NOT NULL,
    subject_ids bigint[] NOT NULL,
    recipe_ids bigint[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX batch_run_id_idx ON ops.batch (run_id, stage);
COMMENT ON TABLE ops.batch IS 'A handful of papers that one mapped task works on. Grain: one batch of one stage of one run.';
COMMENT ON COLUMN ops.batch.batch_id IS 'Counts up; the only thing that travels through Airflow.';
COMMENT ON COLUMN ops.batch.run_id IS 'The run.';
COMMENT ON COLUMN ops.batch.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.batch.subject_ids IS 'What to work on: sightings, full texts, documents or works, by stage.';
COMMENT ON COLUMN ops.batch.recipe_ids IS 'By which recipe, pairwise with subject_ids.';
COMMENT ON COLUMN ops.batch.created_at IS 'By the database clock.';

CREATE TABLE ops.item (
    stage text NOT NULL,
    subject_id bigint NOT NULL,
    recipe_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('todo', 'leased', 'done', 'excluded', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    crash_count integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    run_id bigint NOT NULL REFERENCES ops.run,
    code text,
    detail text,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stage, subject_id, recipe_id)
);
CREATE INDEX item_failed_idx ON ops.item (stage, state) WHERE state IN ('failed', 'excluded', 'leased');
COMMENT ON TABLE ops.item IS 'A claim on one paper''s work at one stage. Grain: stage × subject × recipe. A write lands only if its attempt is still the newest.';
COMMENT ON COLUMN ops.item.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.item.subject_id IS 'Sighting, full text, document or work, by stage.';
COMMENT ON COLUMN ops.item.recipe_id IS 'Fingerprint, or 0 where the stage has none; chunker # space for embed.';
COMMENT ON COLUMN ops.item.state IS 'todo → leased → done, excluded or failed; leased → todo when the work was interrupted.';
COMMENT ON COLUMN ops.item.attempt IS 'Raised by every claim; the fencing token.';
COMMENT ON COLUMN ops.item.crash_count IS 'Claims taken over from a holder that died; too many end the paper as failed.';
COMMENT ON COLUMN ops.item.lease_until IS 'By the database clock; a lease of a run that is not running counts for nothing.';
COMMENT ON COLUMN ops.item.run_id IS 'The run that touched it last.';
COMMENT ON COLUMN ops.item.code IS 'Outcome code of an excluded or failed item.';
COMMENT ON COLUMN ops.item.detail IS 'What happened, in words.';
COMMENT ON COLUMN ops.item.changed_at IS 'By the database clock.';

CREATE TABLE ops.failure (
    failure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES ops.run,
    stage text NOT NULL,
    subject_id bigint NOT NULL,
    work_id bigint REFERENCES core.work,
    locator text NOT NULL,
    attempt integer NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    next_step text NOT NULL,
    is_exclusion boolean NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX failure_run_id_idx ON ops.failure (run_id);
COMMENT ON TABLE ops.failure IS 'Every paper that did not pass a stage, with the reason. Grain: one ended attempt.';
COMMENT ON COLUMN ops.failure.failure_id IS 'Counts up.';
COMMENT ON COLUMN ops.failure.run_id IS 'The run.';
COMMENT ON COLUMN ops.failure.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.failure.subject_id IS 'Sighting, full text, document or work, by stage.';
COMMENT ON COLUMN ops.failure.work_id IS 'The work; NULL where no bytes could be taken.';
COMMENT ON COLUMN ops.failure.locator IS 'Name people know the paper by. Untrusted text.';
COMMENT ON COLUMN ops.failure.attempt IS 'Which attempt.';
COMMENT ON COLUMN ops.failure.code IS 'Outcome code.';
COMMENT ON COLUMN ops.failure.detail IS 'What happened, in words.';
COMMENT ON COLUMN ops.failure.next_step IS 'What to do about it.';
COMMENT ON COLUMN ops.failure.is_exclusion IS 'True where the paper was read and set aside, False where the work failed.';
COMMENT ON COLUMN ops.failure.failed_at IS 'By the database clock.';

CREATE TABLE ops.run_stage (
    run_id bigint NOT NULL REFERENCES ops.run,
    stage text NOT NULL,
    in_count bigint NOT NULL,
    done_count bigint NOT NULL,
    excluded_count bigint NOT NULL,
    failed_count bigint NOT NULL,
    open_count bigint NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, stage),
    CONSTRAINT run_stage_balance_check CHECK (in_count = done_count + excluded_count + failed_count + open_count)
);
COMMENT ON TABLE ops.run_stage IS 'What went into a stage and how it ended. Grain: run × stage; in = done + excluded + failed + open, always.';
COMMENT ON COLUMN ops.run_stage.run_id IS 'The run.';
COMMENT ON COLUMN ops.run_stage.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.run_stage.in_count IS 'Items planned.';
COMMENT ON COLUMN ops.run_stage.done_count IS 'Items done.';
COMMENT ON COLUMN ops.run_stage.excluded_count IS 'Items set aside with a reason.';
COMMENT ON COLUMN ops.run_stage.failed_count IS 'Items failed with a reason.';
COMMENT ON COLUMN ops.run_stage.open_count IS 'Items left open by an interruption; the next run takes them up.';
COMMENT ON COLUMN ops.run_stage.settled_at IS 'By the database clock.';

CREATE TABLE ops.answer_sheet (
    document_id bigint NOT NULL REFERENCES core.document,
    answerer_id bigint NOT NULL REFERENCES core.fingerprint,
    asked_md5 text,
    ballot_count integer NOT NULL,
    PRIMARY KEY (document_id, answerer_id)
);
COMMENT ON TABLE ops.answer_sheet IS 'Sums up the ballots of a paper, so that a night with nothing to do need not look at each. Written with them; made anew when deleted. Grain: document × answerer.';
COMMENT ON COLUMN ops.answer_sheet.document_id IS 'The document.';
COMMENT ON COLUMN ops.answer_sheet.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN ops.answer_sheet.asked_md5 IS 'Hash of the question versions in force when none of them was left to ask; NULL while some are.';
COMMENT ON COLUMN ops.answer_sheet.ballot_count IS 'Ballots of this answerer, of all question versions.';

CREATE TABLE ops.decision_sheet (
    work_id bigint PRIMARY KEY REFERENCES core.work,
    input_md5 text NOT NULL
);
COMMENT ON TABLE ops.decision_sheet IS 'What a work''s standing decisions rest on. Written with them; made anew when deleted. Grain: one work.';
COMMENT ON COLUMN ops.decision_sheet.work_id IS 'The work.';
COMMENT ON COLUMN ops.decision_sheet.input_md5 IS 'As in ops.decision_key when it was decided.';
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
-- What holds now: views that every later statement leans on.
CREATE VIEW core.current_document AS
SELECT DISTINCT ON (ft.work_id)
    ft.work_id, ft.full_text_id, af.fingerprint_id AS parser_id, d.document_id, d.status, d.code, d.detail
FROM core.full_text ft
JOIN ops.active_fingerprint af ON af.stage = 'parse' AND af.scope = ft.media_type
LEFT JOIN core.document d ON d.full_text_id = ft.full_text_id AND d.parser_id = af.fingerprint_id
ORDER BY ft.work_id, ft.fetched_at DESC, ft.full_text_id;
COMMENT ON VIEW core.current_document IS 'The newest full text of each work and its reading by the parser in force. Grain: one work; document_id is NULL until it is parsed.';
COMMENT ON COLUMN core.current_document.work_id IS 'The work.';
COMMENT ON COLUMN core.current_document.full_text_id IS 'Its newest full text.';
COMMENT ON COLUMN core.current_document.parser_id IS 'The parser in force for its media type.';
COMMENT ON COLUMN core.current_document.document_id IS 'The reading; NULL until parsed or where parsing failed.';
COMMENT ON COLUMN core.current_document.status IS 'parsed or unreadable; NULL without a reading.';
COMMENT ON COLUMN core.current_document.code IS 'Outcome code of an unreadable document.';
COMMENT ON COLUMN core.current_document.detail IS 'What was found, in words.';

CREATE VIEW core.current_question AS
SELECT qv.question_version_id, qv.question_id, qv.version, qv.key, qv.text, qv.answer_type,
       qv.section_prior, qv.cues, qv.spec
FROM core.question q
JOIN core.question_version qv ON qv.question_version_id = q.current_version_id
WHERE q.retired_at IS NULL;
COMMENT ON VIEW core.current_question IS 'The question versions in force. Grain: one question.';
COMMENT ON COLUMN core.current_question.question_version_id IS 'Content key of the version.';
COMMENT ON COLUMN core.current_question.question_id IS 'The question.';
COMMENT ON COLUMN core.current_question.version IS 'Number shown to people.';
COMMENT ON COLUMN core.current_question.key IS 'Name in snake case.';
COMMENT ON COLUMN core.current_question.text IS 'The question as asked.';
COMMENT ON COLUMN core.current_question.answer_type IS 'The form an answer has to take.';
COMMENT ON COLUMN core.current_question.section_prior IS 'Section kind to weight; 1 where absent.';
COMMENT ON COLUMN core.current_question.cues IS 'Words that often stand near an answer.';
COMMENT ON COLUMN core.current_question.spec IS 'Vocabulary, applicability, derivation and decision rule.';

CREATE VIEW ops.recipe_in_force AS
-- chunker # space: one recipe id for the pair, since one task makes both.
SELECT 'embed' AS stage, c.fingerprint_id # s.fingerprint_id AS recipe_id
FROM ops.active_fingerprint c JOIN ops.active_fingerprint s ON s.stage = 'embed'
WHERE c.stage = 'chunk'
UNION ALL
SELECT 'answer', fingerprint_id FROM ops.active_fingerprint WHERE stage = 'answer';
COMMENT ON VIEW ops.recipe_in_force IS 'Recipe ids of the items that embed and answer make now. Grain: stage × recipe; a failure under any other recipe counts for nothing.';
COMMENT ON COLUMN ops.recipe_in_force.stage IS 'embed or answer.';
COMMENT ON COLUMN ops.recipe_in_force.recipe_id IS 'As in ops.item.';

CREATE VIEW ops.decision_key AS
WITH in_force AS (
    SELECT concat_ws('|',
        (SELECT string_agg(CAST(question_version_id AS text), ',' ORDER BY question_id) FROM core.current_question),
        (SELECT string_agg(CAST(fingerprint_id AS text), ',' ORDER BY stage, scope)
         FROM ops.active_fingerprint WHERE stage IN ('answer', 'decide'))) AS recipe
), voted AS (
    SELECT s.document_id, sum(s.ballot_count) AS ballot_count
    FROM ops.answer_sheet s
    JOIN ops.active_fingerprint af ON af.stage = 'answer' AND af.fingerprint_id = s.answerer_id
    GROUP BY s.document_id
), stopped AS (
    SELECT stage, subject_id, recipe_id, code FROM ops.item
    WHERE state IN ('failed', 'excluded') AND stage IN ('parse', 'embed', 'answer')
)
SELECT cd.work_id,
       md5(concat_ws('|', cd.document_id, cd.code, v.ballot_count, p.code, x.code, i.recipe)) AS input_md5
FROM core.current_document cd
CROSS JOIN in_force i
LEFT JOIN voted v ON v.document_id = cd.document_id
LEFT JOIN stopped p ON p.stage = 'parse' AND p.subject_id = cd.full_text_id AND p.recipe_id = cd.parser_id
    AND cd.document_id IS NULL
LEFT JOIN (SELECT subject_id, min(code) AS code FROM stopped WHERE stage <> 'parse' GROUP BY subject_id) x
    ON x.subject_id = cd.document_id
-- Nothing can be decided on a paper that still waits to be read or asked.
WHERE cd.status = 'unreadable' OR v.ballot_count > 0 OR p.code IS NOT NULL OR x.code IS NOT NULL;
COMMENT ON VIEW ops.decision_key IS 'Names all that a work''s decisions rest on, cheaply: ballots are never changed, so their number will do. Grain: one work that can be decided.';
COMMENT ON COLUMN ops.decision_key.work_id IS 'The work.';
COMMENT ON COLUMN ops.decision_key.input_md5 IS 'Reading, ballots, outcome, questions, answerers and rule in force.';

CREATE VIEW ops.due AS
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
    WHERE cd.document_id IS NULL
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
COMMENT ON VIEW ops.due IS 'What is missing: the whole memory of what a night has to do. Grain: stage × subject × recipe without its facts.';
COMMENT ON COLUMN ops.due.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.due.work_id IS 'The work; NULL for fetch.';
COMMENT ON COLUMN ops.due.subject_id IS 'Sighting, full text, document or work, by stage.';
COMMENT ON COLUMN ops.due.recipe_id IS 'The recipe in force; 0 where the stage has none.';
-- What an import leans on: the names of works, and the desk where a file's rows lie while they are sorted.
CREATE VIEW core.work_name AS
SELECT core.paper_key(n.name) AS paper_key, n.grade, n.match_kind, cd.work_id
FROM core.current_document cd
JOIN core.work w USING (work_id)
LEFT JOIN core.document d USING (document_id)
CROSS JOIN LATERAL (VALUES (1, 'work_id', CAST(w.work_id AS text)), (2, 'name', w.name),
    (3, 'stem', regexp_replace(w.name, '^.*/', '')), (4, 'doi', d.doi)) AS n (grade, match_kind, name)
WHERE n.name IS NOT NULL
UNION ALL
SELECT core.paper_key(i.value), 4, 'doi', i.work_id
FROM core.identifier i
JOIN core.current_document cd USING (work_id)
WHERE i.scheme = 'doi';
COMMENT ON VIEW core.work_name IS 'Names by which a work with a full text can be found. Grain: name × kind of name × work.';
COMMENT ON COLUMN core.work_name.paper_key IS 'The name folded by core.paper_key.';
COMMENT ON COLUMN core.work_name.grade IS '1 is the surest kind; a sure name wins over less sure ones.';
COMMENT ON COLUMN core.work_name.match_kind IS 'work_id, name, stem (file name without ending) or doi.';
COMMENT ON COLUMN core.work_name.work_id IS 'The work.';

CREATE VIEW core.foreign_vote AS
SELECT DISTINCT ON (fp.work_id, fa.question_id, fa.answerer)
       fp.work_id, fa.question_id, fa.answerer, fa.state, fa.state_basis, fa.evidence_status,
       CASE fa.state WHEN 'answered' THEN true WHEN 'not_reported' THEN false END AS is_yes
FROM core.foreign_answer fa
JOIN core.foreign_paper fp USING (foreign_paper_id)
ORDER BY fp.work_id, fa.question_id, fa.answerer,
         array_position(ARRAY['stated', 'verdict', 'inferred', 'empty'], fa.state_basis), fa.foreign_paper_id, fa.form;
COMMENT ON VIEW core.foreign_vote IS 'The surest answer of each other system. Grain: work × question × answerer.';
COMMENT ON COLUMN core.foreign_vote.work_id IS 'The work.';
COMMENT ON COLUMN core.foreign_vote.question_id IS 'The question.';
COMMENT ON COLUMN core.foreign_vote.answerer IS 'Name of the system.';
COMMENT ON COLUMN core.foreign_vote.state IS 'Normalised state.';
COMMENT ON COLUMN core.foreign_vote.state_basis IS 'What the state rests on, the surest first: stated, verdict, inferred, empty.';
COMMENT ON COLUMN core.foreign_vote.evidence_status IS 'Is there proof.';
COMMENT ON COLUMN core.foreign_vote.is_yes IS 'True where answered, false where not_reported, NULL otherwise.';

-- Rows live within one transaction: no other import sees them (it waits), and a crash leaves none.
CREATE UNLOGGED TABLE ops.import_line (
    item bigint PRIMARY KEY,
    line integer NOT NULL,
    paper text NOT NULL,
    paper_key text NOT NULL GENERATED ALWAYS AS (core.paper_key(paper)) STORED,
    question_id text NOT NULL,
    who text NOT NULL,
    raw text NOT NULL,
    form text,
    raw_state text,
    raw_value text,
    quote text,
    state text,
    state_basis text,
    reason text,
    about text,
    label text,
    comment text,
    is_blind boolean,
    sample text,
    seconds real,
    labelled_at timestamptz
);
COMMENT ON TABLE ops.import_line IS 'Rows of a file on their way into core; empty between imports. Grain: one answer or label of the file.';
COMMENT ON COLUMN ops.import_line.item IS 'Counts from 1 through the file.';
COMMENT ON COLUMN ops.import_line.line IS '1-based line of the file.';
COMMENT ON COLUMN ops.import_line.paper IS 'Name of the paper as given.';
COMMENT ON COLUMN ops.import_line.paper_key IS 'The same, folded.';
COMMENT ON COLUMN ops.import_line.question_id IS 'The question.';
COMMENT ON COLUMN ops.import_line.who IS 'Answerer, annotator or adjudicator.';
COMMENT ON COLUMN ops.import_line.raw IS 'Answer or label, character by character.';
COMMENT ON COLUMN ops.import_line.form IS 'Form of an answer; NULL for a label.';
COMMENT ON COLUMN ops.import_line.raw_state IS 'State the file gives.';
COMMENT ON COLUMN ops.import_line.raw_value IS 'Value the file gives.';
COMMENT ON COLUMN ops.import_line.quote IS 'Proof the file gives.';
COMMENT ON COLUMN ops.import_line.state IS 'Normalised state of an answer.';
COMMENT ON COLUMN ops.import_line.state_basis IS 'What the state rests on.';
COMMENT ON COLUMN ops.import_line.reason IS 'Why there is no answer.';
COMMENT ON COLUMN ops.import_line.about IS 'Answerer whose answer a label judges.';
COMMENT ON COLUMN ops.import_line.label IS 'Normalised label.';
COMMENT ON COLUMN ops.import_line.comment IS 'Free words.';
COMMENT ON COLUMN ops.import_line.is_blind IS 'Was it labelled blind.';
COMMENT ON COLUMN ops.import_line.sample IS 'How the cell came to be labelled.';
COMMENT ON COLUMN ops.import_line.seconds IS 'How long it took.';
COMMENT ON COLUMN ops.import_line.labelled_at IS 'When it was labelled.';

-- What was said never changes; only which work a name stands for, and whether proof was found.
GRANT UPDATE (work_id, match_kind, matched_at) ON core.foreign_paper TO florilegium_writer;
GRANT UPDATE (evidence_status) ON core.foreign_answer TO florilegium_writer;
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
