-- name: lock_cell
-- One writer a cell: two windows of one person come one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('/', 'review', CAST(:kind AS text), CAST(:work_id AS bigint), CAST(:question_id AS text)), 0));

-- name: paper_of_work
-- The name under which labels of a work are kept; the first one, so that a placeholder's labels move with it.
SELECT foreign_paper_id FROM core.foreign_paper WHERE work_id = :work_id ORDER BY foreign_paper_id LIMIT 1;

-- name: name_work
INSERT INTO core.foreign_paper (paper_key, label, work_id, match_kind)
SELECT CAST(work_id AS text), name, work_id, 'work_id' FROM core.work WHERE work_id = :work_id
ON CONFLICT (paper_key) DO NOTHING
RETURNING foreign_paper_id;

-- name: is_known_question
SELECT EXISTS (SELECT FROM core.question WHERE question_id = :question_id);

-- name: last_label
-- What one person said of a fact last, a withdrawal too.
SELECT a.annotation_id AS word_id, a.label
FROM core.annotation a JOIN core.foreign_paper fp USING (foreign_paper_id)
WHERE fp.work_id = :work_id AND a.question_id = :question_id AND a.annotator = :person AND a.about_answerer IS NULL
ORDER BY coalesce(a.labelled_at, a.imported_at) DESC, a.imported_at DESC, a.line DESC, a.annotation_id LIMIT 1;

-- name: last_adjudication
-- The last word on a fact, whoever had it, a withdrawal too.
SELECT a.adjudication_id AS word_id, a.label
FROM core.adjudication a JOIN core.foreign_paper fp USING (foreign_paper_id)
WHERE fp.work_id = :work_id AND a.question_id = :question_id
ORDER BY coalesce(a.labelled_at, a.imported_at) DESC, a.imported_at DESC, a.line DESC, a.adjudication_id LIMIT 1;

-- name: standing_label
-- The label that counts: the newest that was not taken back.
SELECT annotation_id AS word_id FROM out.annotations
WHERE work_id = :work_id AND question_id = :question_id AND annotator = :person AND about_answerer IS NULL AND is_current;

-- name: standing_adjudication
SELECT a.adjudication_id AS word_id
FROM core.adjudication a JOIN core.foreign_paper fp USING (foreign_paper_id)
WHERE fp.work_id = :work_id AND a.question_id = :question_id AND a.label <> 'withdrawn' AND a.adjudicator = :person
  AND NOT EXISTS (SELECT FROM core.adjudication x WHERE x.withdraws = a.adjudication_id)
ORDER BY coalesce(a.labelled_at, a.imported_at) DESC, a.imported_at DESC, a.line DESC LIMIT 1;

-- name: has_label
SELECT EXISTS (SELECT FROM core.annotation WHERE annotation_id = :word_id);

-- name: has_adjudication
SELECT EXISTS (SELECT FROM core.adjudication WHERE adjudication_id = :word_id);

-- name: insert_label
INSERT INTO core.annotation (annotation_id, foreign_paper_id, question_id, annotator, raw_label, label, value, comment,
    is_blind, sample, seconds, labelled_at, source_name, line, withdraws)
VALUES (:word_id, :foreign_paper_id, :question_id, :person, :label, :label, :value, :comment,
    :is_blind, :sample, :seconds, clock_timestamp(), :source_name, 1, :withdraws);

-- name: insert_adjudication
INSERT INTO core.adjudication (adjudication_id, foreign_paper_id, question_id, adjudicator, raw_label, label, value, comment,
    seconds, labelled_at, source_name, line, withdraws)
VALUES (:word_id, :foreign_paper_id, :question_id, :person, :label, :label, :value, :comment,
    :seconds, clock_timestamp(), :source_name, 1, :withdraws);

-- name: standing_labels
-- What each annotator holds of one fact now; for an adjudicator, never for a blind reader.
SELECT annotation_id AS word_id, annotator, label, value, comment, is_blind, seconds, labelled_at
FROM out.annotations
WHERE work_id = :work_id AND question_id = :question_id AND about_answerer IS NULL AND is_current
ORDER BY annotator;

-- name: people_at_work
-- Who labelled how much, and how long it took; labels on facts that stand.
SELECT annotator, count(*) AS label_count, count(*) FILTER (WHERE is_blind) AS blind_count,
       sum(seconds) AS seconds, max(labelled_at) AS last_labelled_at
FROM out.annotations WHERE about_answerer IS NULL AND is_current
GROUP BY annotator ORDER BY annotator;

-- name: live_agreement
SELECT rater_a, rater_b, pair_count, label_count, yes_yes, yes_no, no_yes, no_no, raw_agreement, cohen_kappa, gwet_ac1,
       krippendorff_alpha, undefined_reason
FROM out.agreement
WHERE kind_a = 'annotator' AND kind_b = 'annotator' AND about_answerer IS NULL
  AND question_id IS NOT DISTINCT FROM CAST(:question_id AS text)
  AND ((rater_a, rater_b) = (:first, :second) OR (rater_a, rater_b) = (:second, :first));
