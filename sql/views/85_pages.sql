-- What the web pages read beside the other views: lean forms for the matrix, and a paper's life in parts.
CREATE VIEW out.works AS
SELECT w.work_id, w.name AS paper, r.title, r.doi, r.year, r.venue, r.document_id, w.first_seen_at
FROM core.work w
LEFT JOIN LATERAL (
    SELECT d.document_id, d.title, d.doi, d.year, d.venue FROM core.document d
    WHERE d.work_id = w.work_id ORDER BY (d.status = 'parsed') DESC, d.parsed_at DESC, d.document_id LIMIT 1) r ON true
WHERE EXISTS (SELECT FROM core.full_text ft WHERE ft.work_id = w.work_id);
COMMENT ON VIEW out.works IS 'Works with a full text, in the few columns that a list of them needs. Grain: one work.';
COMMENT ON COLUMN out.works.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.works.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.works.title IS 'Title as its newest reading has it; empty or NULL where none could be read. Untrusted text.';
COMMENT ON COLUMN out.works.doi IS 'DOI the paper states of itself.';
COMMENT ON COLUMN out.works.year IS 'Year of publication the paper states.';
COMMENT ON COLUMN out.works.venue IS 'Journal or conference the paper states. Untrusted text.';
COMMENT ON COLUMN out.works.document_id IS 'Its newest reading, a readable one where there is any; NULL where nothing was read.';
COMMENT ON COLUMN out.works.first_seen_at IS 'When the work was first seen.';

CREATE VIEW out.work_sources AS
SELECT ft.work_id, l.source, min(l.first_seen_at) AS first_seen_at
FROM core.full_text ft
JOIN core.location l USING (full_text_id)
GROUP BY ft.work_id, l.source;
COMMENT ON VIEW out.work_sources IS 'Which corpus or folder a work came from. Grain: work × source.';
COMMENT ON COLUMN out.work_sources.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.work_sources.source IS 'corpus:NAME or folder:PATH. Untrusted text.';
COMMENT ON COLUMN out.work_sources.first_seen_at IS 'When it was first seen there.';

-- From one source to the next by the index: as many steps as there are sources, however many papers each has.
CREATE VIEW out.sources AS
WITH RECURSIVE step AS (
    SELECT min(l.source) AS source FROM core.location l
    UNION ALL
    SELECT (SELECT min(l.source) FROM core.location l WHERE l.source > s.source) FROM step s WHERE s.source IS NOT NULL
)
SELECT source FROM step WHERE source IS NOT NULL;
COMMENT ON VIEW out.sources IS 'The corpora and folders that papers came from. Grain: one source.';
COMMENT ON COLUMN out.sources.source IS 'corpus:NAME or folder:PATH. Untrusted text.';

CREATE VIEW out.cells AS
SELECT d.work_id, d.question_id, d.state,
       -- As in out.answers: a text is the paper's own words and is cut like a quote.
       CASE WHEN qv.answer_type = 'short_text'
            THEN left(d.value_text, (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = d.document_id))
            ELSE d.value_text END AS value,
       d.probability, d.cause, d.from_release AS since_release,
       -- The share of yes among the votes that were heard: no ballot need be counted again.
       coalesce(d.share > 0 AND d.share < 1, false) AS is_disputed
FROM core.decision d
LEFT JOIN core.question_version qv USING (question_version_id)
WHERE d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.cells IS 'The answers of the current release without words and proof: what a matrix of them needs. Grain: work × question.';
COMMENT ON COLUMN out.cells.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.cells.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.cells.state IS 'answered, not_reported, not_applicable, unreadable, failed or conflicting.';
COMMENT ON COLUMN out.cells.value IS 'The value in one line; NULL unless answered or conflicting. Untrusted text.';
COMMENT ON COLUMN out.cells.probability IS 'That the decision is right, 0..1; NULL until calibrated on labels.';
COMMENT ON COLUMN out.cells.cause IS 'Why this decision was made.';
COMMENT ON COLUMN out.cells.since_release IS 'First release with this decision.';
COMMENT ON COLUMN out.cells.is_disputed IS 'True where one of the voters that were heard found an answer and another did not.';

CREATE VIEW out.release_states AS
SELECT release_id, question_id, state, decision_count FROM core.release_state;
COMMENT ON VIEW out.release_states IS 'How many answers of each state every release holds: drift over releases. Grain: release × question × state that occurs.';
COMMENT ON COLUMN out.release_states.release_id IS 'The release.';
COMMENT ON COLUMN out.release_states.question_id IS 'The question.';
COMMENT ON COLUMN out.release_states.state IS 'State of the decisions counted.';
COMMENT ON COLUMN out.release_states.decision_count IS 'Works whose answer is in that state.';

CREATE VIEW out.runs AS
SELECT r.run_id, r.kind, r.trigger, r.state, coalesce(r.note, '') AS note, r.started_at, r.ended_at
FROM ops.run r;
COMMENT ON VIEW out.runs IS 'Nights and ad-hoc runs. Grain: one run.';
COMMENT ON COLUMN out.runs.run_id IS 'Counts up.';
COMMENT ON COLUMN out.runs.kind IS 'night, adhoc or cli.';
COMMENT ON COLUMN out.runs.trigger IS 'What began it: DAG and DAG run, or a command.';
COMMENT ON COLUMN out.runs.state IS 'running, done, failed or abandoned.';
COMMENT ON COLUMN out.runs.note IS 'How it ended, in words; empty while it runs.';
COMMENT ON COLUMN out.runs.started_at IS 'When it began.';
COMMENT ON COLUMN out.runs.ended_at IS 'When it ended; NULL while it runs.';

CREATE VIEW out.question_versions AS
SELECT qv.question_id, qv.version, qv.key AS question_key, qv.text AS question, qv.answer_type, qv.cues, qv.loaded_at,
       q.retired_at IS NULL AND q.current_version_id = qv.question_version_id AS is_in_force
FROM core.question_version qv
JOIN core.question q USING (question_id);
COMMENT ON VIEW out.question_versions IS 'Every wording a question has had. Grain: question × version.';
COMMENT ON COLUMN out.question_versions.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.question_versions.version IS 'Number of the version.';
COMMENT ON COLUMN out.question_versions.question_key IS 'Name in snake case.';
COMMENT ON COLUMN out.question_versions.question IS 'The question as asked then.';
COMMENT ON COLUMN out.question_versions.answer_type IS 'The form of its value.';
COMMENT ON COLUMN out.question_versions.cues IS 'Words that often stand near an answer.';
COMMENT ON COLUMN out.question_versions.loaded_at IS 'When this version was first loaded.';
COMMENT ON COLUMN out.question_versions.is_in_force IS 'True for the version asked now.';

CREATE VIEW out.readings AS
SELECT d.document_id, d.work_id, p.name AS parser, d.status, d.code, d.detail, d.title, d.text_layer, d.page_count,
       d.body_char_count, d.heading_count, d.reference_count, d.stopword_ratio, d.hidden_char_count, d.noise_char_count,
       d.parsed_at, ft.sha256, ft.media_type, ft.store_path,
       coalesce((SELECT cd.document_id = d.document_id FROM core.current_document cd WHERE cd.work_id = d.work_id), false) AS is_current,
       -- A page is the longest quote of all.
       CASE WHEN EXISTS (SELECT FROM core.takedown t WHERE t.work_id = d.work_id) THEN 'the paper was taken down'
            WHEN r.view_chars < 2147483647 THEN r.reason END AS page_withheld
FROM core.document d
JOIN core.full_text ft USING (full_text_id)
JOIN core.quote_right r USING (document_id)
JOIN core.fingerprint p ON p.fingerprint_id = d.parser_id;
COMMENT ON VIEW out.readings IS 'Every reading of every full text with its quality, old ones too. Grain: full text × parser.';
COMMENT ON COLUMN out.readings.document_id IS 'Key of the reading.';
COMMENT ON COLUMN out.readings.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.readings.parser IS 'The reader.';
COMMENT ON COLUMN out.readings.status IS 'parsed or unreadable.';
COMMENT ON COLUMN out.readings.code IS 'Outcome code of an unreadable one.';
COMMENT ON COLUMN out.readings.detail IS 'What was found, in words.';
COMMENT ON COLUMN out.readings.title IS 'Title as read. Untrusted text.';
COMMENT ON COLUMN out.readings.text_layer IS 'ok, garbled, recovered or none.';
COMMENT ON COLUMN out.readings.page_count IS 'Pages; 0 for sources without pages.';
COMMENT ON COLUMN out.readings.body_char_count IS 'Characters of the body.';
COMMENT ON COLUMN out.readings.heading_count IS 'Headings found.';
COMMENT ON COLUMN out.readings.reference_count IS 'Reference entries found.';
COMMENT ON COLUMN out.readings.stopword_ratio IS 'Share of English stop words, 0..1.';
COMMENT ON COLUMN out.readings.hidden_char_count IS 'Characters kept aside because a reader cannot see them.';
COMMENT ON COLUMN out.readings.noise_char_count IS 'Characters of running heads and stamps, kept aside.';
COMMENT ON COLUMN out.readings.parsed_at IS 'When it was made.';
COMMENT ON COLUMN out.readings.sha256 IS 'SHA-256 of the bytes that were read.';
COMMENT ON COLUMN out.readings.media_type IS 'Decided by the bytes.';
COMMENT ON COLUMN out.readings.store_path IS 'Path of the bytes below the file store; made from the hash only.';
COMMENT ON COLUMN out.readings.is_current IS 'True for the reading in force of the canonical full text.';
COMMENT ON COLUMN out.readings.page_withheld IS 'Why its pages are not shown; NULL where they may be.';

CREATE VIEW out.sections AS
SELECT s.document_id, s.section_index, array_to_string(s.path, ' > ') AS section, s.kind, s.zone,
       count(b.block_index) AS block_count, coalesce(sum(length(b.text)), 0) AS char_count,
       CAST(min(b.regions[1][1]) AS integer) AS first_page
FROM core.section s
LEFT JOIN core.block b USING (document_id, section_index)
GROUP BY s.document_id, s.section_index, s.path, s.kind, s.zone;
COMMENT ON VIEW out.sections IS 'The outline of every reading, without its text. Grain: one section of one reading.';
COMMENT ON COLUMN out.sections.document_id IS 'The reading.';
COMMENT ON COLUMN out.sections.section_index IS '0-based, in reading order.';
COMMENT ON COLUMN out.sections.section IS 'Titles from the outermost section to this one. Untrusted text.';
COMMENT ON COLUMN out.sections.kind IS 'Normalised role; other where unknown.';
COMMENT ON COLUMN out.sections.zone IS 'front, abstract, body, back, references, noise or hidden.';
COMMENT ON COLUMN out.sections.block_count IS 'Paragraphs, captions, tables and so on in it.';
COMMENT ON COLUMN out.sections.char_count IS 'Characters of its text.';
COMMENT ON COLUMN out.sections.first_page IS '1-based page where it begins; NULL without pages.';

CREATE VIEW out.ballot_evidence AS
SELECT d.work_id, qv.question_id, qv.version AS question_version, ev.document_id, f.name AS answerer, ev.evidence_rank,
       left(ev.quote, r.view_chars) AS quote, array_to_string(s.path, ' > ') AS section,
       CAST(sn.regions[1][1] AS integer) AS page, sn.regions AS boxes, b.xpath, ev.match_kind, ev.block_index,
       ev.char_start, CAST(least(ev.char_end, ev.char_start + CAST(r.view_chars AS bigint)) AS integer) AS char_end,
       CASE WHEN length(ev.quote) > r.view_chars THEN 'cut to ' || r.view_chars || ' characters: ' || r.reason END AS quote_cut,
       -- A licence that limits quotes leaves no room for what stands around them.
       CASE WHEN r.view_chars = 2147483647 THEN right(left(b.text, ev.char_start), 300) ELSE '' END AS text_before,
       CASE WHEN r.view_chars = 2147483647 THEN substr(b.text, ev.char_end + 1, 300) ELSE '' END AS text_after
FROM core.evidence ev
JOIN core.document d USING (document_id)
JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint f ON f.fingerprint_id = ev.answerer_id
JOIN core.sentence sn ON sn.document_id = ev.document_id AND sn.sentence_index = ev.sentence_index
JOIN core.block b ON b.document_id = ev.document_id AND b.block_index = ev.block_index
JOIN core.section s ON s.document_id = b.document_id AND s.section_index = b.section_index
JOIN core.quote_right r ON r.document_id = ev.document_id;
COMMENT ON VIEW out.ballot_evidence IS 'The proof of every ballot, also of those that were outvoted, with a few words around it. Grain: reading × question version × answerer × rank.';
COMMENT ON COLUMN out.ballot_evidence.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.ballot_evidence.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.ballot_evidence.question_version IS 'Its version.';
COMMENT ON COLUMN out.ballot_evidence.document_id IS 'The reading.';
COMMENT ON COLUMN out.ballot_evidence.answerer IS 'Whose evidence it is.';
COMMENT ON COLUMN out.ballot_evidence.evidence_rank IS '1 is the strongest.';
COMMENT ON COLUMN out.ballot_evidence.quote IS 'A slice of the source, cut where the licence limits quotes. Untrusted text.';
COMMENT ON COLUMN out.ballot_evidence.section IS 'Titles of the section it stands in. Untrusted text.';
COMMENT ON COLUMN out.ballot_evidence.page IS '1-based page; NULL for sources without pages.';
COMMENT ON COLUMN out.ballot_evidence.boxes IS 'Rows (page, x0, y0, x1, y1) in points from the top left.';
COMMENT ON COLUMN out.ballot_evidence.xpath IS 'Element path in an XML source.';
COMMENT ON COLUMN out.ballot_evidence.match_kind IS 'cited, exact or fuzzy.';
COMMENT ON COLUMN out.ballot_evidence.block_index IS 'The block.';
COMMENT ON COLUMN out.ballot_evidence.char_start IS 'First character in the block, 0-based.';
COMMENT ON COLUMN out.ballot_evidence.char_end IS 'One past the last character.';
COMMENT ON COLUMN out.ballot_evidence.quote_cut IS 'Why the quote is cut; NULL where it is whole.';
COMMENT ON COLUMN out.ballot_evidence.text_before IS 'Up to 300 characters of the block before the quote; empty where the licence limits quotes. Untrusted text.';
COMMENT ON COLUMN out.ballot_evidence.text_after IS 'The same after it. Untrusted text.';

CREATE VIEW out.passages AS
SELECT d.work_id, qv.question_id, qv.version AS question_version, p.document_id, f.name AS answerer, p.passage_rank,
       p.score, p.cosine, p.methods, array_to_string(s.path, ' > ') AS section, CAST(sn.regions[1][1] AS integer) AS page
FROM core.passage p
JOIN core.document d USING (document_id)
JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint f ON f.fingerprint_id = p.answerer_id
JOIN core.chunk c ON c.chunk_set_id = p.chunk_set_id AND c.chunk_index = p.chunk_index
JOIN core.sentence sn ON sn.document_id = p.document_id AND sn.sentence_index = c.first_sentence
JOIN core.block b ON b.document_id = sn.document_id AND b.block_index = sn.block_index
JOIN core.section s ON s.document_id = b.document_id AND s.section_index = b.section_index;
COMMENT ON VIEW out.passages IS 'Where an answerer looked, without the text. Grain: reading × question version × answerer × rank.';
COMMENT ON COLUMN out.passages.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.passages.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.passages.question_version IS 'Its version.';
COMMENT ON COLUMN out.passages.document_id IS 'The reading.';
COMMENT ON COLUMN out.passages.answerer IS 'Who looked.';
COMMENT ON COLUMN out.passages.passage_rank IS '1 is the best.';
COMMENT ON COLUMN out.passages.score IS 'Fused rank score; larger is better, only comparable within one question.';
COMMENT ON COLUMN out.passages.cosine IS 'Cosine of passage and question, -1..1.';
COMMENT ON COLUMN out.passages.methods IS 'How it was found: vector, words.';
COMMENT ON COLUMN out.passages.section IS 'Titles of the section where it begins. Untrusted text.';
COMMENT ON COLUMN out.passages.page IS '1-based page where it begins; NULL without pages.';

CREATE VIEW out.sightings AS
SELECT s.sighting_id, s.run_id, ft.work_id, s.source, s.locator, s.outcome, s.final_outcome,
       coalesce(s.final_code, s.code) AS code, s.detail
FROM ops.sighting s
LEFT JOIN core.full_text ft USING (full_text_id);
COMMENT ON VIEW out.sightings IS 'What each run was offered and how it ended. Grain: run × place.';
COMMENT ON COLUMN out.sightings.sighting_id IS 'Counts up.';
COMMENT ON COLUMN out.sightings.run_id IS 'The run.';
COMMENT ON COLUMN out.sightings.work_id IS 'Key of the work; NULL where no bytes could be taken.';
COMMENT ON COLUMN out.sightings.source IS 'Where it was seen. Untrusted text.';
COMMENT ON COLUMN out.sightings.locator IS 'Place within the source. Untrusted text.';
COMMENT ON COLUMN out.sightings.outcome IS 'found, new, known, duplicate, excluded or failed.';
COMMENT ON COLUMN out.sightings.final_outcome IS 'answered, duplicate, excluded or failed; NULL while open.';
COMMENT ON COLUMN out.sightings.code IS 'Outcome code; NULL where all went well.';
COMMENT ON COLUMN out.sightings.detail IS 'What happened at fetching, in words.';

CREATE VIEW out.waiting AS
SELECT d.stage, d.work_id, i.state, i.attempt
FROM ops.due d
LEFT JOIN ops.item i USING (stage, subject_id, recipe_id)
WHERE d.work_id IS NOT NULL;
COMMENT ON VIEW out.waiting IS 'What the next night will do to a work. Grain: work × stage × recipe.';
COMMENT ON COLUMN out.waiting.stage IS 'Step of the journey.';
COMMENT ON COLUMN out.waiting.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.waiting.state IS 'todo or leased where it was tried before; NULL where it never was.';
COMMENT ON COLUMN out.waiting.attempt IS 'Attempts so far; NULL where none.';

-- Invoker's rights and one SELECT: the planner takes the function apart like a view, and a filter
-- that is not given costs nothing.
DROP FUNCTION IF EXISTS out.find_works(text, text, integer, integer, text, text, boolean, real);
CREATE FUNCTION out.find_works(search text DEFAULT NULL, corpus text DEFAULT NULL, year_from integer DEFAULT NULL,
                               year_to integer DEFAULT NULL, question text DEFAULT NULL, state text DEFAULT NULL,
                               disagreement boolean DEFAULT false, probability_below real DEFAULT NULL)
RETURNS TABLE (work_id bigint, paper text, title text, doi text, year integer, venue text, first_seen_at timestamptz)
LANGUAGE sql STABLE AS $$
SELECT w.work_id, w.paper, w.title, w.doi, w.year, w.venue, w.first_seen_at
FROM out.works w
WHERE (find_works.search IS NULL OR strpos(lower(w.title), lower(find_works.search)) > 0
       OR strpos(lower(w.paper), lower(find_works.search)) > 0 OR w.doi = lower(find_works.search))
  AND (find_works.corpus IS NULL OR EXISTS (
       SELECT FROM out.work_sources s WHERE s.work_id = w.work_id AND s.source = find_works.corpus))
  AND (find_works.year_from IS NULL OR w.year >= find_works.year_from)
  AND (find_works.year_to IS NULL OR w.year <= find_works.year_to)
  AND (find_works.state IS NULL OR EXISTS (
       SELECT FROM out.cells c WHERE c.work_id = w.work_id AND c.state = find_works.state
       AND (find_works.question IS NULL OR c.question_id = find_works.question)))
  AND (find_works.probability_below IS NULL OR EXISTS (
       SELECT FROM out.cells c WHERE c.work_id = w.work_id AND c.probability < find_works.probability_below
       AND (find_works.question IS NULL OR c.question_id = find_works.question)))
  AND (NOT find_works.disagreement OR EXISTS (
       SELECT FROM out.cells c WHERE c.work_id = w.work_id AND c.is_disputed
       AND (find_works.question IS NULL OR c.question_id = find_works.question)))
$$;
COMMENT ON FUNCTION out.find_works(text, text, integer, integer, text, text, boolean, real) IS 'Works that fit all filters given: words of title or name or a DOI, source, years, a question''s (or any question''s) state, voters that say yes and no, a probability below a bound. Grain: one work.';
