-- Decisions that can be explained and calibrated; labels that can be taken back; votes of other systems.
ALTER TABLE core.foreign_answer ADD COLUMN searched_document_id bigint REFERENCES core.document;
GRANT UPDATE (searched_document_id) ON core.foreign_answer TO florilegium_writer;
ALTER TABLE core.foreign_evidence DROP CONSTRAINT foreign_evidence_pkey,
    ADD PRIMARY KEY (foreign_paper_id, question_id, answerer, form, document_id, evidence_rank);
ALTER TABLE core.annotation DROP CONSTRAINT annotation_label_check,
    ADD CONSTRAINT annotation_label_check CHECK (label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable', 'missing', 'withdrawn')),
    ADD COLUMN withdraws bigint REFERENCES core.annotation,
    ADD CONSTRAINT annotation_withdraws_check CHECK ((label = 'withdrawn') = (withdraws IS NOT NULL));
CREATE UNIQUE INDEX annotation_withdraws_key ON core.annotation (withdraws) WHERE withdraws IS NOT NULL;
ALTER TABLE core.adjudication DROP CONSTRAINT adjudication_label_check,
    ADD CONSTRAINT adjudication_label_check CHECK (label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable', 'withdrawn')),
    ADD COLUMN value text,
    ADD COLUMN withdraws bigint REFERENCES core.adjudication,
    ADD CONSTRAINT adjudication_withdraws_check CHECK ((label = 'withdrawn') = (withdraws IS NOT NULL));
CREATE UNIQUE INDEX adjudication_withdraws_key ON core.adjudication (withdraws) WHERE withdraws IS NOT NULL;
COMMENT ON COLUMN core.foreign_answer.searched_document_id IS 'The reading that evidence_status speaks of; NULL before any was searched.';
COMMENT ON TABLE core.foreign_evidence IS 'Where the words of a foreign answer stand in the paper. Grain: foreign answer × reading × rank. A trigger refuses a quote that is not a slice of the stored source.';
COMMENT ON COLUMN core.annotation.label IS 'The normalised label; missing where it is blank, withdrawn where an earlier label is taken back.';
COMMENT ON COLUMN core.annotation.withdraws IS 'The label that this row takes back; NULL for a label.';
COMMENT ON COLUMN core.adjudication.label IS 'The normalised label; withdrawn where an earlier word is taken back.';
COMMENT ON COLUMN core.adjudication.value IS 'The value the adjudicator gave; NULL where none.';
COMMENT ON COLUMN core.adjudication.withdraws IS 'The word that this row takes back; NULL for a word.';

ALTER TABLE core.decision DROP CONSTRAINT decision_cause_check,
    ADD CONSTRAINT decision_cause_check CHECK (cause IN ('new_paper', 'new_question', 'question_version', 're_parse', 'answerer', 'model', 'prompt', 'foreign_answer', 'rule', 'outcome', 'human', 'calibration', 'retraction', 'retired')),
    ADD COLUMN voted_state text CHECK (voted_state IN ('answered', 'not_reported', 'not_applicable', 'unreadable', 'failed', 'conflicting')),
    ADD COLUMN voters bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN share real CHECK (share BETWEEN 0 AND 1),
    ADD COLUMN calibration_id bigint,
    ADD COLUMN calibration_scope text,
    ADD COLUMN gold_label text CHECK (gold_label IN ('yes', 'no', 'partly', 'unclear', 'not_applicable')),
    ADD COLUMN gold_basis text CHECK (gold_basis IN ('adjudicated', 'agreed')),
    ADD COLUMN is_retracted boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT decision_gold_check CHECK ((gold_label IS NULL) = (gold_basis IS NULL)),
    ADD CONSTRAINT decision_calibrated_check CHECK (probability IS NULL OR (share IS NOT NULL AND calibration_scope IS NOT NULL));
-- Before this, the votes alone decided.
UPDATE core.decision SET voted_state = state;
ALTER TABLE core.decision ALTER COLUMN voted_state SET NOT NULL;
COMMENT ON COLUMN core.ballot.run_id IS 'The run that cast it; 0 for a recorded answer of another system, which no run asked.';
COMMENT ON COLUMN core.decision.probability IS 'That the voters'' state is right, 0..1, by the calibration named beside it; NULL without one, where nobody said yes or no, and where people settled it.';
COMMENT ON COLUMN core.decision.ballots_md5 IS 'Hash of the ballots and foreign votes decided on; a change makes the decision due again.';
COMMENT ON COLUMN core.decision.cause IS 'What made it differ from the one before; of several the first in this order: new_paper, new_question, question_version, retraction, outcome, re_parse, rule, human, model, prompt, answerer, foreign_answer, calibration.';
COMMENT ON COLUMN core.decision.voted_state IS 'The state that the votes alone gave; differs from state only where people overruled them. Statistics use this one.';
COMMENT ON COLUMN core.decision.voters IS 'Fingerprints of all answerers that were heard, ascending; other systems among them.';
COMMENT ON COLUMN core.decision.share IS 'Share of yes among the votes for yes or no, by the rule''s weights, 0..1; NULL where nobody said either. Not a probability.';
COMMENT ON COLUMN core.decision.calibration_id IS 'The calibration in force when it was decided; NULL where there was none.';
COMMENT ON COLUMN core.decision.calibration_scope IS 'Its curve that was used: the question, or pooled; NULL where it had none with enough labels.';
COMMENT ON COLUMN core.decision.gold_label IS 'What people settled on: adjudicated, or agreed by two or more; NULL where they have not.';
COMMENT ON COLUMN core.decision.gold_basis IS 'adjudicated or agreed; NULL where people have not settled it.';
COMMENT ON COLUMN core.decision.is_retracted IS 'True where the paper was known to be retracted; the answer stays as it was.';

-- How shares of votes become probabilities. Made by a person's command, never in passing.
CREATE TABLE core.calibration (
    calibration_id bigint PRIMARY KEY,
    method text NOT NULL,
    labels_md5 text NOT NULL,
    label_count integer NOT NULL CHECK (label_count >= 0),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE core.calibration IS 'decide: one act of calibration on all labels of its time. Grain: one act; the newest is in force.';
COMMENT ON COLUMN core.calibration.calibration_id IS 'Content key of method, labels and the calibration before.';
COMMENT ON COLUMN core.calibration.method IS 'Name and version of the method with its thresholds.';
COMMENT ON COLUMN core.calibration.labels_md5 IS 'Hash of the labels used, with the shares they were set against.';
COMMENT ON COLUMN core.calibration.label_count IS 'Labels used.';
COMMENT ON COLUMN core.calibration.made_at IS 'When it was made.';

CREATE TABLE core.calibration_label (
    calibration_id bigint NOT NULL REFERENCES core.calibration,
    work_id bigint NOT NULL REFERENCES core.work,
    question_id text NOT NULL REFERENCES core.question,
    share real NOT NULL CHECK (share BETWEEN 0 AND 1),
    is_yes boolean NOT NULL,
    PRIMARY KEY (calibration_id, work_id, question_id)
);
COMMENT ON TABLE core.calibration_label IS 'decide: what a calibration was made of. Grain: calibration × labelled cell.';
COMMENT ON COLUMN core.calibration_label.calibration_id IS 'The calibration.';
COMMENT ON COLUMN core.calibration_label.work_id IS 'The work.';
COMMENT ON COLUMN core.calibration_label.question_id IS 'The question.';
COMMENT ON COLUMN core.calibration_label.share IS 'Share of yes among the votes, 0..1.';
COMMENT ON COLUMN core.calibration_label.is_yes IS 'What people said.';

CREATE TABLE core.calibration_scope (
    calibration_id bigint NOT NULL REFERENCES core.calibration,
    scope text NOT NULL,
    label_count integer NOT NULL CHECK (label_count >= 0),
    yes_count integer NOT NULL CHECK (yes_count BETWEEN 0 AND label_count),
    reason text,
    brier_raw real,
    brier real,
    PRIMARY KEY (calibration_id, scope),
    CONSTRAINT calibration_scope_reason_check CHECK ((reason IS NULL) = (brier IS NOT NULL AND brier_raw IS NOT NULL))
);
COMMENT ON TABLE core.calibration_scope IS 'decide: one question, or all pooled, in a calibration. Grain: calibration × scope.';
COMMENT ON COLUMN core.calibration_scope.calibration_id IS 'The calibration.';
COMMENT ON COLUMN core.calibration_scope.scope IS 'Id of a question, or pooled.';
COMMENT ON COLUMN core.calibration_scope.label_count IS 'Labels of this scope.';
COMMENT ON COLUMN core.calibration_scope.yes_count IS 'Of those, yes.';
COMMENT ON COLUMN core.calibration_scope.reason IS 'Why there is no curve: too few labels; NULL where there is one.';
COMMENT ON COLUMN core.calibration_scope.brier_raw IS 'Mean squared error of the share taken for a probability; NULL without a curve.';
COMMENT ON COLUMN core.calibration_scope.brier IS 'The same of the curve, on labels it was not fitted to (ten folds by work); NULL without a curve.';

CREATE TABLE core.calibration_point (
    calibration_id bigint NOT NULL,
    scope text NOT NULL,
    share real NOT NULL CHECK (share BETWEEN 0 AND 1),
    label_count integer NOT NULL CHECK (label_count >= 1),
    yes_count integer NOT NULL CHECK (yes_count BETWEEN 0 AND label_count),
    probability real NOT NULL CHECK (probability > 0 AND probability < 1),
    PRIMARY KEY (calibration_id, scope, share),
    FOREIGN KEY (calibration_id, scope) REFERENCES core.calibration_scope
);
COMMENT ON TABLE core.calibration_point IS 'decide: a curve from share to probability; straight between its points, level beyond them. Grain: calibration × scope × share.';
COMMENT ON COLUMN core.calibration_point.calibration_id IS 'The calibration.';
COMMENT ON COLUMN core.calibration_point.scope IS 'Id of a question, or pooled.';
COMMENT ON COLUMN core.calibration_point.share IS 'Share of yes among the votes, 0..1.';
COMMENT ON COLUMN core.calibration_point.label_count IS 'Labels with this share.';
COMMENT ON COLUMN core.calibration_point.yes_count IS 'Of those, yes.';
COMMENT ON COLUMN core.calibration_point.probability IS 'That people say yes, above 0 and below 1; never falls as the share rises.';

ALTER TABLE core.decision ADD CONSTRAINT decision_calibration_id_fkey
    FOREIGN KEY (calibration_id) REFERENCES core.calibration;

-- Notices come with 0007, which fills this view.
CREATE VIEW core.retracted_work AS
SELECT CAST(NULL AS bigint) AS work_id, CAST(NULL AS text) AS notice WHERE false;
COMMENT ON VIEW core.retracted_work IS 'Works known to be retracted: what decisions ask. Grain: one work.';
COMMENT ON COLUMN core.retracted_work.work_id IS 'The work.';
COMMENT ON COLUMN core.retracted_work.notice IS 'Notice of the retraction, else who told it; the first by name.';

CREATE VIEW core.current_calibration AS
SELECT calibration_id, label_count, made_at FROM core.calibration ORDER BY made_at DESC, calibration_id LIMIT 1;
COMMENT ON VIEW core.current_calibration IS 'The calibration in force. Grain: one row, or none before the first.';
COMMENT ON COLUMN core.current_calibration.calibration_id IS 'The newest one.';
COMMENT ON COLUMN core.current_calibration.label_count IS 'Labels it was made of.';
COMMENT ON COLUMN core.current_calibration.made_at IS 'When it was made.';

CREATE VIEW core.settled_fact AS
WITH word AS (
    -- The newest word of each annotator that was not taken back; a blank one says nothing.
    SELECT DISTINCT ON (fp.work_id, a.question_id, a.annotator) fp.work_id, a.question_id, a.annotator, a.label
    FROM core.annotation a
    JOIN core.foreign_paper fp USING (foreign_paper_id)
    WHERE a.about_answerer IS NULL AND a.withdraws IS NULL
      AND NOT EXISTS (SELECT FROM core.annotation x WHERE x.withdraws = a.annotation_id)
    ORDER BY fp.work_id, a.question_id, a.annotator, coalesce(a.labelled_at, a.imported_at) DESC, a.imported_at DESC, a.line DESC, a.annotation_id
), agreed AS (
    SELECT work_id, question_id, min(label) AS label FROM word WHERE label <> 'missing'
    GROUP BY work_id, question_id HAVING count(*) > 1 AND count(DISTINCT label) = 1
), judged AS (
    SELECT DISTINCT ON (fp.work_id, a.question_id) fp.work_id, a.question_id, a.label, a.value
    FROM core.adjudication a
    JOIN core.foreign_paper fp USING (foreign_paper_id)
    WHERE a.withdraws IS NULL AND NOT EXISTS (SELECT FROM core.adjudication x WHERE x.withdraws = a.adjudication_id)
    ORDER BY fp.work_id, a.question_id, coalesce(a.labelled_at, a.imported_at) DESC, a.imported_at DESC, a.line DESC
)
SELECT work_id, question_id, coalesce(j.label, g.label) AS label, j.value,
       CASE WHEN j.label IS NOT NULL THEN 'adjudicated' ELSE 'agreed' END AS basis
FROM judged j FULL JOIN agreed g USING (work_id, question_id);
COMMENT ON VIEW core.settled_fact IS 'What people settled: adjudicated, or the same label by two or more. One label alone settles nothing. Grain: work × question.';
COMMENT ON COLUMN core.settled_fact.work_id IS 'The work.';
COMMENT ON COLUMN core.settled_fact.question_id IS 'The question.';
COMMENT ON COLUMN core.settled_fact.label IS 'yes, no, partly, unclear or not_applicable.';
COMMENT ON COLUMN core.settled_fact.value IS 'The value the adjudicator gave; NULL where none.';
COMMENT ON COLUMN core.settled_fact.basis IS 'adjudicated or agreed.';

CREATE OR REPLACE VIEW ops.decision_key AS
WITH in_force AS (
    SELECT concat_ws('|',
        (SELECT string_agg(CAST(question_version_id AS text), ',' ORDER BY question_id) FROM core.current_question),
        (SELECT string_agg(CAST(fingerprint_id AS text), ',' ORDER BY stage, scope)
         FROM ops.active_fingerprint WHERE stage IN ('answer', 'decide')),
        (SELECT 'calibration ' || calibration_id FROM core.current_calibration)) AS recipe
), voted AS (
    SELECT s.document_id, sum(s.ballot_count) AS ballot_count
    FROM ops.answer_sheet s
    JOIN ops.active_fingerprint af ON af.stage = 'answer' AND af.fingerprint_id = s.answerer_id
    GROUP BY s.document_id
), stopped AS (
    SELECT stage, subject_id, recipe_id, code FROM ops.item
    WHERE state IN ('failed', 'excluded') AND stage IN ('parse', 'embed', 'answer')
), said AS (
    -- What others say is only ever added to, so its number will do as well.
    SELECT fp.work_id, sum(n.foreign_count) AS foreign_count, sum(n.word_count) AS word_count
    FROM (SELECT foreign_paper_id, count(*) AS foreign_count, 0 AS word_count FROM core.foreign_answer GROUP BY foreign_paper_id
          UNION ALL
          SELECT foreign_paper_id, 0, count(*) FROM core.annotation WHERE about_answerer IS NULL GROUP BY foreign_paper_id
          UNION ALL
          SELECT foreign_paper_id, 0, count(*) FROM core.adjudication GROUP BY foreign_paper_id) n
    JOIN core.foreign_paper fp USING (foreign_paper_id)
    GROUP BY fp.work_id
)
SELECT cd.work_id,
       md5(concat_ws('|', cd.document_id, cd.code, v.ballot_count, p.code, x.code, i.recipe,
                     'others ' || nullif(s.foreign_count, 0), 'people ' || nullif(s.word_count, 0), rt.notice)) AS input_md5
FROM core.current_document cd
CROSS JOIN in_force i
LEFT JOIN voted v ON v.document_id = cd.document_id
LEFT JOIN stopped p ON p.stage = 'parse' AND p.subject_id = cd.full_text_id AND p.recipe_id = cd.parser_id
    AND cd.document_id IS NULL
LEFT JOIN (SELECT subject_id, min(code) AS code FROM stopped WHERE stage <> 'parse' GROUP BY subject_id) x
    ON x.subject_id = cd.document_id
LEFT JOIN said s ON s.work_id = cd.work_id
LEFT JOIN core.retracted_work rt ON rt.work_id = cd.work_id
-- Nothing can be decided on a paper that still waits to be read or asked.
WHERE cd.status = 'unreadable' OR v.ballot_count > 0 OR p.code IS NOT NULL OR x.code IS NOT NULL;
COMMENT ON VIEW ops.decision_key IS 'Names all that a work''s decisions rest on, cheaply: ballots, foreign answers and labels are only ever added, so their number will do. Grain: one work that can be decided.';
COMMENT ON COLUMN ops.decision_key.work_id IS 'The work.';
COMMENT ON COLUMN ops.decision_key.input_md5 IS 'Reading, ballots, outcome, what others and people said, retraction; questions, answerers, rule and calibration in force.';

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
