-- name: question_names
-- Every question ever asked or named, with the names people may use for it.
SELECT q.question_id, v.key, v.text
FROM core.question q
LEFT JOIN LATERAL (SELECT qv.key, qv.text FROM core.question_version qv WHERE qv.question_id = q.question_id
                   ORDER BY qv.question_version_id = q.current_version_id DESC NULLS LAST, qv.loaded_at DESC LIMIT 1) v ON true
ORDER BY q.question_id;

-- name: name_question
-- A question that others answered and this catalogue does not ask.
INSERT INTO core.question (question_id, catalogue) VALUES (:question_id, 'foreign')
ON CONFLICT (question_id) DO NOTHING;

-- name: match_papers
-- Names not yet matched, and names whose paper was not here, against the works that are here now.
WITH wanted AS (
    SELECT l.paper_key, min(l.paper) AS label FROM ops.import_line l
    WHERE NOT EXISTS (SELECT FROM core.foreign_paper fp WHERE fp.paper_key = l.paper_key)
    GROUP BY l.paper_key
    UNION ALL
    SELECT paper_key, label FROM core.foreign_paper WHERE match_kind = 'created'
), fit AS (
    SELECT w.paper_key, w.label, n.match_kind, n.work_id, rank() OVER (PARTITION BY w.paper_key ORDER BY n.grade) AS place
    FROM wanted w JOIN core.work_name n USING (paper_key)
)
INSERT INTO core.foreign_paper (paper_key, label, work_id, match_kind)
SELECT paper_key, min(label), min(work_id), min(match_kind) FROM fit
WHERE place = 1 AND paper_key <> ''
GROUP BY paper_key HAVING count(DISTINCT work_id) = 1
ON CONFLICT (paper_key) DO UPDATE SET work_id = excluded.work_id, match_kind = excluded.match_kind, matched_at = clock_timestamp()
RETURNING foreign_paper_id;

-- name: adopt_papers
-- Names that waited for a paper that has come; one that fits several works waits on.
WITH wanted AS (
    SELECT fp.paper_key, fp.label FROM core.foreign_paper fp
    WHERE fp.match_kind = 'created'
      AND fp.paper_key IN (SELECT n.paper_key FROM core.work_name n WHERE n.work_id = :work_id)
), fit AS (
    SELECT w.paper_key, n.match_kind, n.work_id, rank() OVER (PARTITION BY w.paper_key ORDER BY n.grade) AS place
    FROM wanted w JOIN core.work_name n USING (paper_key)
), one AS (
    SELECT paper_key, min(work_id) AS work_id, min(match_kind) AS match_kind FROM fit WHERE place = 1
    GROUP BY paper_key HAVING count(DISTINCT work_id) = 1
)
UPDATE core.foreign_paper fp SET work_id = one.work_id, match_kind = one.match_kind, matched_at = clock_timestamp()
FROM one WHERE one.paper_key = fp.paper_key;

-- name: is_spoken_of
-- Has anybody said anything of this work, or of a paper that may turn out to be this one?
SELECT EXISTS (SELECT FROM core.foreign_paper WHERE work_id = :work_id)
    OR EXISTS (SELECT FROM core.foreign_paper WHERE match_kind = 'created') AS is_spoken_of;

-- name: ambiguous_lines
-- Names that fit several works; a guess would put answers on the wrong paper.
SELECT l.line, 'the paper''s name fits several works here; give the work id' AS reason
FROM ops.import_line l
WHERE NOT EXISTS (SELECT FROM core.foreign_paper fp WHERE fp.paper_key = l.paper_key)
  AND l.paper_key IN (SELECT n.paper_key FROM core.work_name n)
ORDER BY l.item;

-- name: create_works
-- Papers that are not here: a work without full text, so that nothing is lost.
INSERT INTO core.work (work_id, name)
SELECT CAST(CAST('x0' || left(encode(sha256(convert_to('foreign/' || l.paper_key, 'UTF8')), 'hex'), 15) AS bit(64)) AS bigint), min(l.paper)
FROM ops.import_line l
WHERE l.paper_key <> '' AND NOT EXISTS (SELECT FROM core.foreign_paper fp WHERE fp.paper_key = l.paper_key)
  AND l.paper_key NOT IN (SELECT n.paper_key FROM core.work_name n)
GROUP BY l.paper_key
ON CONFLICT (work_id) DO NOTHING;

-- name: create_papers
INSERT INTO core.foreign_paper (paper_key, label, work_id, match_kind)
SELECT l.paper_key, min(l.paper),
       CAST(CAST('x0' || left(encode(sha256(convert_to('foreign/' || l.paper_key, 'UTF8')), 'hex'), 15) AS bit(64)) AS bigint), 'created'
FROM ops.import_line l
WHERE l.paper_key <> '' AND NOT EXISTS (SELECT FROM core.foreign_paper fp WHERE fp.paper_key = l.paper_key)
  AND l.paper_key NOT IN (SELECT n.paper_key FROM core.work_name n)
GROUP BY l.paper_key
ON CONFLICT (paper_key) DO NOTHING
RETURNING foreign_paper_id;

-- name: nameless_lines
SELECT line, 'the paper''s name is only a file ending' AS reason FROM ops.import_line WHERE paper_key = '' ORDER BY item;

-- name: insert_answers
-- The first line of a cell counts; later ones are repetitions or conflicts.
INSERT INTO core.foreign_answer (foreign_paper_id, question_id, answerer, form, raw, raw_state, raw_value, state, state_basis,
    reason, quote, evidence_status, source_name, line)
SELECT fp.foreign_paper_id, l.question_id, l.who, l.form, l.raw, l.raw_state, l.raw_value, l.state, l.state_basis, l.reason, l.quote,
       CASE WHEN l.state <> 'answered' THEN 'not_needed' WHEN l.form = 'verdict' AND l.quote IS NULL THEN 'no_quote' ELSE 'waiting' END,
       :source_name, l.line
FROM ops.import_line l
JOIN core.foreign_paper fp USING (paper_key)
WHERE l.item IN (SELECT min(item) FROM ops.import_line GROUP BY paper_key, question_id, who, form)
ON CONFLICT (foreign_paper_id, question_id, answerer, form) DO NOTHING;

-- name: conflicting_answers
-- Lines that say something else than what is recorded; what is recorded stays.
SELECT l.line, l.question_id || ': another answer is recorded for this cell (' || a.source_name || ', line ' || a.line
    || '); import it under another answerer' AS reason
FROM ops.import_line l
JOIN core.foreign_paper fp USING (paper_key)
JOIN core.foreign_answer a ON a.foreign_paper_id = fp.foreign_paper_id AND a.question_id = l.question_id
    AND a.answerer = l.who AND a.form = l.form
WHERE (a.raw, a.raw_state, a.raw_value, a.quote) IS DISTINCT FROM (l.raw, l.raw_state, l.raw_value, l.quote)
ORDER BY l.item;

-- name: insert_annotations
INSERT INTO core.annotation (annotation_id, foreign_paper_id, question_id, annotator, about_answerer, raw_label, label, value,
    comment, is_blind, sample, seconds, labelled_at, source_name, line)
SELECT CAST(CAST('x0' || left(encode(sha256(convert_to(CAST(jsonb_build_array('annotation', fp.paper_key, l.question_id, l.who, l.about, l.raw,
           l.raw_value, l.comment, l.labelled_at) AS text), 'UTF8')), 'hex'), 15) AS bit(64)) AS bigint),
       fp.foreign_paper_id, l.question_id, l.who, l.about, l.raw, l.label, l.raw_value, l.comment, l.is_blind, l.sample, l.seconds,
       l.labelled_at, :source_name, l.line
FROM ops.import_line l
JOIN core.foreign_paper fp USING (paper_key)
ORDER BY l.item
ON CONFLICT (annotation_id) DO NOTHING;

-- name: insert_adjudications
INSERT INTO core.adjudication (adjudication_id, foreign_paper_id, question_id, adjudicator, raw_label, label, value, comment,
    seconds, labelled_at, source_name, line)
SELECT CAST(CAST('x0' || left(encode(sha256(convert_to(CAST(jsonb_build_array('adjudication', fp.paper_key, l.question_id, l.who, l.raw,
           l.raw_value, l.comment, l.labelled_at) AS text), 'UTF8')), 'hex'), 15) AS bit(64)) AS bigint),
       fp.foreign_paper_id, l.question_id, l.who, l.raw, l.label, l.raw_value, l.comment, l.seconds, l.labelled_at, :source_name, l.line
FROM ops.import_line l
JOIN core.foreign_paper fp USING (paper_key)
ORDER BY l.item
ON CONFLICT (adjudication_id) DO NOTHING;

-- name: clear_lines
DELETE FROM ops.import_line;

-- name: documents_to_search
-- Readings in force that foreign answers were not yet held against; a new reading is searched anew.
SELECT DISTINCT cd.document_id
FROM core.foreign_answer fa
JOIN core.foreign_paper fp USING (foreign_paper_id)
JOIN core.current_document cd USING (work_id)
WHERE fa.evidence_status <> 'not_needed' AND cd.status = 'parsed' AND fa.searched_document_id IS DISTINCT FROM cd.document_id
  AND (CAST(:work_id AS bigint) IS NULL OR fp.work_id = :work_id)
ORDER BY cd.document_id;

-- name: visible_blocks
SELECT block_index, text FROM core.block
WHERE document_id = :document_id AND zone NOT IN ('references', 'noise', 'hidden')
ORDER BY block_index;

-- name: waiting_answers
SELECT fa.foreign_paper_id, fa.question_id, fa.answerer, fa.form, left(fa.raw, 20000) AS raw, fa.quote
FROM core.foreign_answer fa
JOIN core.foreign_paper fp USING (foreign_paper_id)
JOIN core.current_document cd USING (work_id)
WHERE fa.evidence_status <> 'not_needed' AND cd.document_id = :document_id
  AND fa.searched_document_id IS DISTINCT FROM cd.document_id
ORDER BY fa.foreign_paper_id, fa.question_id, fa.answerer, fa.form;

-- name: insert_foreign_evidence
INSERT INTO core.foreign_evidence (foreign_paper_id, question_id, answerer, form, evidence_rank, document_id, block_index,
    char_start, char_end, quote, match_kind, similarity)
SELECT :foreign_paper_id, :question_id, :answerer, :form, :evidence_rank, b.document_id, b.block_index, :char_start, :char_end,
       substr(b.text, CAST(:char_start AS integer) + 1, CAST(:char_end AS integer) - CAST(:char_start AS integer)), :match_kind, :similarity
FROM core.block b
WHERE b.document_id = :document_id AND b.block_index = :block_index
ON CONFLICT DO NOTHING;

-- name: settle_evidence
UPDATE core.foreign_answer SET evidence_status = :evidence_status, searched_document_id = :document_id
WHERE foreign_paper_id = :foreign_paper_id AND question_id = :question_id AND answerer = :answerer AND form = :form
  AND searched_document_id IS DISTINCT FROM CAST(:document_id AS bigint);

-- name: evidence_counts
SELECT evidence_status, count(*) AS answer_count FROM core.foreign_answer GROUP BY evidence_status ORDER BY evidence_status;

-- name: pair_labels
-- Label patterns of each pair of raters, to be drawn from again and again.
SELECT question_id, kind_a, rater_a, kind_b, rater_b, about_answerer, a_is_yes, b_is_yes, count(*) AS cell_count
FROM out.rating_pairs
GROUP BY question_id, kind_a, rater_a, kind_b, rater_b, about_answerer, a_is_yes, b_is_yes
ORDER BY kind_a, rater_a, kind_b, rater_b, about_answerer NULLS FIRST, question_id, a_is_yes, b_is_yes;

-- name: panel_labels
-- How many said yes and no to a cell, for coefficients of any number of raters.
SELECT c.panel, c.question_id, c.yes_count, c.no_count, count(*) AS cell_count
FROM (SELECT work_id, question_id, CASE WHEN rater_kind = 'annotator' THEN 'annotators' ELSE 'answerers' END AS panel,
             count(*) FILTER (WHERE is_yes) AS yes_count, count(*) FILTER (WHERE NOT is_yes) AS no_count
      FROM out.ratings
      WHERE rater_kind IN ('own', 'foreign') OR (rater_kind = 'annotator' AND about_answerer IS NULL)
      GROUP BY 1, 2, 3) c
GROUP BY c.panel, c.question_id, c.yes_count, c.no_count
ORDER BY c.panel, c.question_id, c.yes_count, c.no_count;

-- name: prevalence
SELECT question_id, rater_kind, rater, year, CAST(NULL AS text) AS venue, answered_count, yes_count, raw_share, label_count, true_yes, false_yes, false_no, true_no,
       correction_reason, design
FROM out.prevalence
ORDER BY rater_kind, rater, question_id, year NULLS FIRST;

-- name: prevalence_by_venue
SELECT question_id, rater_kind, rater, CAST(NULL AS integer) AS year, venue, answered_count, yes_count, raw_share, label_count, true_yes, false_yes, false_no, true_no,
       correction_reason, design
FROM out.prevalence_by_venue
ORDER BY rater_kind, rater, question_id, venue;

-- name: foreign_ballots_to_cast
-- Answers of other systems on the reading in force that are no ballots yet and can be: proven here, or claiming nothing.
SELECT cd.document_id, q.question_version_id, q.question_id, q.version, q.key, q.text, q.answer_type, q.section_prior, q.cues, q.spec,
       fa.answerer, fa.form, fa.state, fa.reason, left(fa.raw, 20000) AS raw
FROM core.foreign_answer fa
JOIN core.foreign_paper fp USING (foreign_paper_id)
JOIN core.current_document cd ON cd.work_id = fp.work_id AND cd.status = 'parsed'
JOIN core.current_question q USING (question_id)
WHERE fp.work_id = :work_id AND (fa.state NOT IN ('answered', 'failed') OR (fa.state = 'answered' AND fa.evidence_status IN ('exact', 'fuzzy')))
  AND NOT EXISTS (SELECT FROM core.ballot b JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
                  WHERE b.document_id = cd.document_id AND b.question_version_id = q.question_version_id
                    AND f.recipe ->> 'kind' = 'foreign' AND f.recipe ->> 'name' = fa.answerer AND f.recipe ->> 'form' = fa.form)
ORDER BY q.question_id, fa.answerer, fa.form, fp.foreign_paper_id;

-- name: foreign_answerers
-- Who spoke of a work, by name and form; each is an answerer, whether it votes or not.
SELECT DISTINCT fa.answerer, fa.form
FROM core.foreign_answer fa JOIN core.foreign_paper fp USING (foreign_paper_id)
WHERE fp.work_id = :work_id
  AND NOT EXISTS (SELECT FROM core.fingerprint f WHERE f.recipe ->> 'kind' = 'foreign' AND f.recipe ->> 'name' = fa.answerer
                  AND f.recipe ->> 'form' = fa.form)
ORDER BY fa.answerer, fa.form;

-- name: foreign_places
SELECT e.question_id, e.answerer, e.form, e.block_index, e.char_start, e.char_end, e.quote, e.match_kind
FROM core.foreign_evidence e JOIN core.foreign_paper fp USING (foreign_paper_id)
WHERE fp.work_id = :work_id AND e.document_id = :document_id
ORDER BY e.question_id, e.answerer, e.form, e.foreign_paper_id, e.evidence_rank;
