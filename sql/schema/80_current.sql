-- What holds now: views that every later statement leans on.
CREATE VIEW core.current_document AS
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

CREATE VIEW core.retracted_work AS
SELECT e.work_id, min(coalesce(e.notice_doi, e.source)) AS notice
FROM core.work_event e
-- A source that took its own retraction back says nothing any more; another source still does.
WHERE e.kind = 'retraction' AND NOT EXISTS (
    SELECT FROM core.work_event r WHERE r.work_id = e.work_id AND r.source = e.source
    AND r.kind = 'reinstatement' AND r.first_seen_at > e.first_seen_at)
GROUP BY e.work_id;
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

CREATE VIEW ops.decision_key AS
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
COMMENT ON VIEW ops.due IS 'What is missing: the whole memory of what a night has to do. Grain: stage × subject × recipe without its facts.';
COMMENT ON COLUMN ops.due.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.due.work_id IS 'The work; NULL for fetch.';
COMMENT ON COLUMN ops.due.subject_id IS 'Sighting, full text, document or work, by stage.';
COMMENT ON COLUMN ops.due.recipe_id IS 'The recipe in force; 0 where the stage has none.';
