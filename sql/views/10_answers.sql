CREATE VIEW out.answers AS
SELECT d.work_id, w.name AS paper, doc.title, d.question_id, qv.key AS question_key, qv.text AS question,
       qv.version AS question_version, qv.answer_type, d.state,
       -- Every other type holds names, numbers and addresses; a text is the paper's own words and is cut like a quote.
       CASE WHEN qv.answer_type = 'short_text'
            THEN left(d.value_text, (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = d.document_id))
            ELSE d.value_text END AS value,
       CASE WHEN qv.answer_type = 'short_text' AND jsonb_typeof(d.value) = 'string'
            THEN to_jsonb(left(d.value #>> '{}', (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = d.document_id)))
            ELSE d.value END AS value_json,
       d.probability, d.reason, e.quote, e.section, e.page, e.boxes, d.cause, d.document_id,
       d.from_release AS since_release, e.quote_cut, l.link
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
LEFT JOIN core.document doc ON doc.document_id = d.document_id
-- max() over the one row changes nothing, but tells the planner that there is at most one: a
-- statement that asks for no quote then never looks for one.
LEFT JOIN LATERAL (
    SELECT max(left(p.quote, r.view_chars)) AS quote, max(p.section) AS section, max(p.page) AS page, max(p.boxes) AS boxes,
           max(CASE WHEN length(p.quote) > r.view_chars
                    THEN 'cut to ' || r.view_chars || ' characters: ' || r.reason END) AS quote_cut
    FROM (SELECT ev.quote, array_to_string(s.path, ' > ') AS section,
                 CAST(sn.regions[1][1] AS integer) AS page, sn.regions AS boxes
          FROM core.decision_support ds
          JOIN core.evidence ev ON ev.document_id = d.document_id AND ev.question_version_id = d.question_version_id
              AND ev.answerer_id = ds.answerer_id
          JOIN core.sentence sn ON sn.document_id = ev.document_id AND sn.sentence_index = ev.sentence_index
          JOIN core.block b ON b.document_id = ev.document_id AND b.block_index = ev.block_index
          JOIN core.section s ON s.document_id = b.document_id AND s.section_index = b.section_index
          WHERE ds.work_id = d.work_id AND ds.question_id = d.question_id AND ds.from_release = d.from_release
          ORDER BY ev.evidence_rank, ds.answerer_id LIMIT 1) p
    JOIN core.quote_right r ON r.document_id = d.document_id) e ON true
LEFT JOIN LATERAL (SELECT max(r.link) AS link FROM core.quote_right r WHERE r.document_id = d.document_id) l ON true
WHERE d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.answers IS 'The answers of the current release with their first proof. Grain: work × question.';
COMMENT ON COLUMN out.answers.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.answers.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.answers.title IS 'Title as read; empty or NULL where none could be read.';
COMMENT ON COLUMN out.answers.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.answers.question_key IS 'Name of the question in snake case.';
COMMENT ON COLUMN out.answers.question IS 'The question as asked.';
COMMENT ON COLUMN out.answers.question_version IS 'Its version.';
COMMENT ON COLUMN out.answers.answer_type IS 'The form of the value.';
COMMENT ON COLUMN out.answers.state IS 'answered, not_reported, not_applicable, unreadable, failed or conflicting.';
COMMENT ON COLUMN out.answers.value IS 'The value in one line; NULL unless answered or conflicting.';
COMMENT ON COLUMN out.answers.value_json IS 'The typed value.';
COMMENT ON COLUMN out.answers.probability IS 'That the decision is right, 0..1; NULL until calibrated on labels.';
COMMENT ON COLUMN out.answers.reason IS 'Why there is no answer; NULL when answered.';
COMMENT ON COLUMN out.answers.quote IS 'Strongest evidence, a slice of the source, as long as the paper''s licence allows; NULL unless answered.';
COMMENT ON COLUMN out.answers.section IS 'Titles of the section it stands in, outermost first.';
COMMENT ON COLUMN out.answers.page IS '1-based page of the quote; NULL for sources without pages.';
COMMENT ON COLUMN out.answers.boxes IS 'Boxes of the quote: rows (page, x0, y0, x1, y1) in points from the top left.';
COMMENT ON COLUMN out.answers.cause IS 'Why this decision was made.';
COMMENT ON COLUMN out.answers.document_id IS 'The reading that was asked; NULL where none could be read.';
COMMENT ON COLUMN out.answers.since_release IS 'First release with this decision.';
COMMENT ON COLUMN out.answers.quote_cut IS 'How long the quote may be and why it was cut; NULL where it is whole.';
COMMENT ON COLUMN out.answers.link IS 'Where the paper is found: its DOI as an address, else a page of an archive; NULL where neither is known.';
