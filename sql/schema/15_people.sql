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
    searched_document_id bigint REFERENCES core.document,
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
COMMENT ON COLUMN core.foreign_answer.searched_document_id IS 'The reading that evidence_status speaks of; NULL before any was searched.';

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
    PRIMARY KEY (foreign_paper_id, question_id, answerer, form, document_id, evidence_rank),
    FOREIGN KEY (foreign_paper_id, question_id, answerer, form) REFERENCES core.foreign_answer,
    FOREIGN KEY (document_id, block_index) REFERENCES core.block,
    CONSTRAINT foreign_evidence_span_check CHECK (char_end > char_start)
);
COMMENT ON TABLE core.foreign_evidence IS 'Where the words of a foreign answer stand in the paper. Grain: foreign answer × reading × rank. A trigger refuses a quote that is not a slice of the stored source.';
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
    label text NOT NULL CHECK (label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable', 'missing', 'withdrawn')),
    value text,
    comment text,
    is_blind boolean,
    sample text NOT NULL CHECK (sample IN ('random', 'chosen', 'unstated')),
    seconds real CHECK (seconds >= 0),
    labelled_at timestamptz,
    source_name text NOT NULL,
    line integer NOT NULL CHECK (line >= 1),
    imported_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    withdraws bigint REFERENCES core.annotation,
    CONSTRAINT annotation_withdraws_check CHECK ((label = 'withdrawn') = (withdraws IS NOT NULL))
);
CREATE INDEX annotation_cell_idx ON core.annotation (question_id, foreign_paper_id);
CREATE UNIQUE INDEX annotation_withdraws_key ON core.annotation (withdraws) WHERE withdraws IS NOT NULL;
COMMENT ON TABLE core.annotation IS 'A label a person gave; a change of mind is a further row. Grain: paper × question × annotator × what was judged × label.';
COMMENT ON COLUMN core.annotation.annotation_id IS 'Content key: the same label imported twice is one row.';
COMMENT ON COLUMN core.annotation.foreign_paper_id IS 'The paper.';
COMMENT ON COLUMN core.annotation.question_id IS 'The question.';
COMMENT ON COLUMN core.annotation.annotator IS 'Who labelled.';
COMMENT ON COLUMN core.annotation.about_answerer IS 'The system whose answer was judged; NULL where the fact was labelled, which is what gold is made of.';
COMMENT ON COLUMN core.annotation.raw_label IS 'The label, character by character.';
COMMENT ON COLUMN core.annotation.label IS 'The normalised label; missing where it is blank, withdrawn where an earlier label is taken back.';
COMMENT ON COLUMN core.annotation.value IS 'The value the person gave; NULL where none.';
COMMENT ON COLUMN core.annotation.comment IS 'Free words; NULL where none.';
COMMENT ON COLUMN core.annotation.is_blind IS 'True where the person saw neither an answer nor another label; NULL where nobody said.';
COMMENT ON COLUMN core.annotation.sample IS 'random: drawn at random from the corpus; chosen: picked, as from a review queue; unstated.';
COMMENT ON COLUMN core.annotation.seconds IS 'How long it took; NULL where not measured.';
COMMENT ON COLUMN core.annotation.labelled_at IS 'When the person labelled; NULL where the file does not say.';
COMMENT ON COLUMN core.annotation.source_name IS 'Name of the file it came from.';
COMMENT ON COLUMN core.annotation.line IS '1-based line of that file.';
COMMENT ON COLUMN core.annotation.imported_at IS 'When it was imported.';
COMMENT ON COLUMN core.annotation.withdraws IS 'The label that this row takes back; NULL for a label.';

CREATE TABLE core.adjudication (
    adjudication_id bigint PRIMARY KEY,
    foreign_paper_id bigint NOT NULL REFERENCES core.foreign_paper,
    question_id text NOT NULL REFERENCES core.question,
    adjudicator text NOT NULL,
    raw_label text NOT NULL,
    label text NOT NULL CHECK (label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable', 'withdrawn')),
    comment text,
    seconds real CHECK (seconds >= 0),
    labelled_at timestamptz,
    source_name text NOT NULL,
    line integer NOT NULL CHECK (line >= 1),
    imported_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    value text,
    withdraws bigint REFERENCES core.adjudication,
    CONSTRAINT adjudication_withdraws_check CHECK ((label = 'withdrawn') = (withdraws IS NOT NULL))
);
CREATE INDEX adjudication_cell_idx ON core.adjudication (question_id, foreign_paper_id);
CREATE UNIQUE INDEX adjudication_withdraws_key ON core.adjudication (withdraws) WHERE withdraws IS NOT NULL;
COMMENT ON TABLE core.adjudication IS 'The last word on a fact after annotators were heard. Grain: paper × question × adjudicator × label; the newest holds.';
COMMENT ON COLUMN core.adjudication.adjudication_id IS 'Content key: the same word imported twice is one row.';
COMMENT ON COLUMN core.adjudication.foreign_paper_id IS 'The paper.';
COMMENT ON COLUMN core.adjudication.question_id IS 'The question.';
COMMENT ON COLUMN core.adjudication.adjudicator IS 'Who decided.';
COMMENT ON COLUMN core.adjudication.raw_label IS 'The label, character by character.';
COMMENT ON COLUMN core.adjudication.label IS 'The normalised label; withdrawn where an earlier word is taken back.';
COMMENT ON COLUMN core.adjudication.comment IS 'Why; NULL where not said.';
COMMENT ON COLUMN core.adjudication.seconds IS 'How long it took; NULL where not measured.';
COMMENT ON COLUMN core.adjudication.labelled_at IS 'When it was decided; NULL where the file does not say.';
COMMENT ON COLUMN core.adjudication.source_name IS 'Name of the file it came from.';
COMMENT ON COLUMN core.adjudication.line IS '1-based line of that file.';
COMMENT ON COLUMN core.adjudication.imported_at IS 'When it was imported.';
COMMENT ON COLUMN core.adjudication.value IS 'The value the adjudicator gave; NULL where none.';
COMMENT ON COLUMN core.adjudication.withdraws IS 'The word that this row takes back; NULL for a word.';
