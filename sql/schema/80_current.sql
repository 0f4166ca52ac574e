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

CREATE VIEW core.decision_input AS
WITH voter AS (
    SELECT fingerprint_id AS answerer_id FROM ops.active_fingerprint WHERE stage = 'answer'
), stopped AS (
    SELECT cd.work_id, i.code, coalesce(i.detail, '') AS detail
    FROM core.current_document cd
    JOIN ops.item i ON i.stage = 'parse' AND i.subject_id = cd.full_text_id AND i.recipe_id = cd.parser_id
    WHERE cd.document_id IS NULL AND i.state = 'failed'
    UNION ALL
    SELECT cd.work_id, i.code, coalesce(i.detail, '')
    FROM core.current_document cd
    JOIN ops.item i ON i.stage IN ('embed', 'answer') AND i.subject_id = cd.document_id
    JOIN ops.recipe_in_force r ON r.stage = i.stage AND r.recipe_id = i.recipe_id
    WHERE cd.status = 'parsed' AND i.state IN ('failed', 'excluded')
), cast_ballot AS (
    SELECT cd.work_id, cd.document_id, b.question_version_id, count(*) AS ballot_count,
           md5(string_agg(concat_ws('|', b.answerer_id, b.state, b.value, b.reason, b.context_sha256), '/'
                          ORDER BY b.answerer_id)) AS ballots_md5
    FROM core.current_document cd
    JOIN core.ballot b ON b.document_id = cd.document_id
    JOIN voter v ON v.answerer_id = b.answerer_id
    WHERE cd.status = 'parsed'
    GROUP BY cd.work_id, cd.document_id, b.question_version_id
)
SELECT c.work_id, q.question_id, q.question_version_id, c.document_id, 'ballots' AS basis,
       NULL::text AS code, NULL::text AS detail, c.ballots_md5
FROM cast_ballot c
JOIN core.current_question q USING (question_version_id)
WHERE c.ballot_count = (SELECT count(*) FROM voter)
UNION ALL
SELECT cd.work_id, q.question_id, q.question_version_id, cd.document_id, 'unreadable',
       cd.code, cd.detail, md5('unreadable|' || cd.code)
FROM core.current_document cd CROSS JOIN core.current_question q
WHERE cd.status = 'unreadable'
UNION ALL
SELECT DISTINCT ON (s.work_id, q.question_id)
       s.work_id, q.question_id, q.question_version_id, NULL::bigint, 'failed',
       s.code, s.detail, md5('failed|' || s.code)
FROM stopped s CROSS JOIN core.current_question q
WHERE NOT EXISTS (SELECT FROM cast_ballot c WHERE c.work_id = s.work_id
                  AND c.question_version_id = q.question_version_id
                  AND c.ballot_count = (SELECT count(*) FROM voter))
ORDER BY 1, 2;
COMMENT ON VIEW core.decision_input IS 'What a decision rests on now. Grain: work × question in force that can be decided.';
COMMENT ON COLUMN core.decision_input.work_id IS 'The work.';
COMMENT ON COLUMN core.decision_input.question_id IS 'The question.';
COMMENT ON COLUMN core.decision_input.question_version_id IS 'Its version in force.';
COMMENT ON COLUMN core.decision_input.document_id IS 'The document asked; NULL where the work on it failed.';
COMMENT ON COLUMN core.decision_input.basis IS 'ballots, unreadable or failed.';
COMMENT ON COLUMN core.decision_input.code IS 'Outcome code where there are no ballots.';
COMMENT ON COLUMN core.decision_input.detail IS 'What happened, in words.';
COMMENT ON COLUMN core.decision_input.ballots_md5 IS 'Hash of the input; differs exactly when the decision is due.';

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
    WHERE cd.status = 'parsed' AND EXISTS (
        SELECT FROM core.current_question q
        WHERE NOT EXISTS (
            SELECT FROM core.ballot b
            WHERE b.document_id = cd.document_id AND b.question_version_id = q.question_version_id
              AND b.answerer_id = v.answerer_id))
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
SELECT DISTINCT 'decide', di.work_id, di.work_id, af.fingerprint_id
FROM core.decision_input di
JOIN ops.active_fingerprint af ON af.stage = 'decide'
LEFT JOIN core.decision d ON d.work_id = di.work_id AND d.question_id = di.question_id AND d.to_release IS NULL
WHERE (d.question_version_id, d.rule_id, d.ballots_md5) IS DISTINCT FROM (di.question_version_id, af.fingerprint_id, di.ballots_md5)
UNION ALL
SELECT DISTINCT 'decide', d.work_id, d.work_id, af.fingerprint_id
FROM core.decision d
JOIN core.question q USING (question_id)
JOIN ops.active_fingerprint af ON af.stage = 'decide'
WHERE d.to_release IS NULL AND q.retired_at IS NOT NULL;
COMMENT ON VIEW ops.due IS 'What is missing: the whole memory of what a night has to do. Grain: stage × subject × recipe without its facts.';
COMMENT ON COLUMN ops.due.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.due.work_id IS 'The work; NULL for fetch.';
COMMENT ON COLUMN ops.due.subject_id IS 'Sighting, full text, document or work, by stage.';
COMMENT ON COLUMN ops.due.recipe_id IS 'The recipe in force; 0 where the stage has none.';
