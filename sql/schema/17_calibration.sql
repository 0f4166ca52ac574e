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
