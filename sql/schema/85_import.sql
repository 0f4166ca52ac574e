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

CREATE VIEW core.foreign_voter AS
SELECT v.work_id, q.question_version_id, cd.document_id, v.answerer AS voter, v.state,
       coalesce(b.answerer_id, named.answerer_id) AS answerer_id, b.answerer_id IS NOT NULL AS is_proven
FROM core.foreign_vote v
JOIN core.current_question q ON q.question_id = v.question_id AND (q.spec -> 'decision' ->> 'foreign') IS DISTINCT FROM 'false'
JOIN core.current_document cd ON cd.work_id = v.work_id AND cd.status = 'parsed'
JOIN LATERAL (SELECT min(f.fingerprint_id) AS answerer_id FROM core.fingerprint f
              WHERE f.stage = 'answer' AND f.recipe ->> 'kind' = 'foreign' AND f.recipe ->> 'name' = v.answerer) named
    ON named.answerer_id IS NOT NULL
LEFT JOIN LATERAL (SELECT min(b.answerer_id) AS answerer_id FROM core.ballot b
                   JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id AND f.stage = 'answer'
                       AND f.recipe ->> 'kind' = 'foreign' AND f.recipe ->> 'name' = v.answerer
                   WHERE b.document_id = cd.document_id AND b.question_version_id = q.question_version_id
                     AND b.state = v.state) b ON true
WHERE v.state <> 'failed' AND (v.state = 'answered' OR b.answerer_id IS NOT NULL);
COMMENT ON VIEW core.foreign_voter IS 'Other systems as voters on the readings and questions in force: by their ballot where their claim is proven in this reading or claims nothing, else as a claim without proof. Grain: work × question × system.';
COMMENT ON COLUMN core.foreign_voter.work_id IS 'The work.';
COMMENT ON COLUMN core.foreign_voter.question_version_id IS 'The question version in force.';
COMMENT ON COLUMN core.foreign_voter.document_id IS 'The reading in force.';
COMMENT ON COLUMN core.foreign_voter.voter IS 'Name of the system.';
COMMENT ON COLUMN core.foreign_voter.state IS 'The state it claims, by its surest answer.';
COMMENT ON COLUMN core.foreign_voter.answerer_id IS 'Fingerprint of the system and the form of its answer.';
COMMENT ON COLUMN core.foreign_voter.is_proven IS 'True where it has a ballot; a claim without proof adds weight and never answers alone.';

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
GRANT UPDATE (evidence_status, searched_document_id) ON core.foreign_answer TO florilegium_writer;
