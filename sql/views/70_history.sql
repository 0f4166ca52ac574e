-- All releases: what out.answers shows now, for any release, and what differs between two.
CREATE VIEW out.answers_history AS
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
       d.from_release AS since_release, t.release_id AS until_release,
       f.published_at AS valid_from, t.published_at AS valid_to, d.decided_at, e.quote_cut, l.link
FROM core.decision d
-- A decision that no release has shown yet has no row here, and an end that none has shown no date.
JOIN core.release f ON f.release_id = d.from_release
LEFT JOIN core.release t ON t.release_id = d.to_release
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
LEFT JOIN LATERAL (SELECT max(r.link) AS link FROM core.quote_right r WHERE r.document_id = d.document_id) l ON true;
COMMENT ON VIEW out.answers_history IS 'Every published answer with the time it held. Grain: work × question × first release.';
COMMENT ON COLUMN out.answers_history.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.answers_history.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.answers_history.title IS 'Title as read then; empty or NULL where none could be read.';
COMMENT ON COLUMN out.answers_history.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.answers_history.question_key IS 'Name of the question in snake case, as of that version.';
COMMENT ON COLUMN out.answers_history.question IS 'The question as asked then.';
COMMENT ON COLUMN out.answers_history.question_version IS 'The version that was asked.';
COMMENT ON COLUMN out.answers_history.answer_type IS 'The form of the value.';
COMMENT ON COLUMN out.answers_history.state IS 'answered, not_reported, not_applicable, unreadable, failed or conflicting.';
COMMENT ON COLUMN out.answers_history.value IS 'The value in one line; NULL unless answered or conflicting.';
COMMENT ON COLUMN out.answers_history.value_json IS 'The typed value.';
COMMENT ON COLUMN out.answers_history.probability IS 'That the decision is right, 0..1; NULL until calibrated on labels.';
COMMENT ON COLUMN out.answers_history.reason IS 'Why there is no answer; NULL when answered.';
COMMENT ON COLUMN out.answers_history.quote IS 'Strongest evidence, a slice of the source, as long as the paper''s licence allows; NULL unless answered.';
COMMENT ON COLUMN out.answers_history.section IS 'Titles of the section it stands in, outermost first.';
COMMENT ON COLUMN out.answers_history.page IS '1-based page of the quote; NULL for sources without pages.';
COMMENT ON COLUMN out.answers_history.boxes IS 'Boxes of the quote: rows (page, x0, y0, x1, y1) in points from the top left.';
COMMENT ON COLUMN out.answers_history.cause IS 'Why this decision was made.';
COMMENT ON COLUMN out.answers_history.document_id IS 'The reading that was asked; NULL where none could be read.';
COMMENT ON COLUMN out.answers_history.since_release IS 'First release with this decision.';
COMMENT ON COLUMN out.answers_history.until_release IS 'First release without it; NULL while it holds.';
COMMENT ON COLUMN out.answers_history.valid_from IS 'When analysts began to see it.';
COMMENT ON COLUMN out.answers_history.valid_to IS 'When they ceased to see it; NULL while it holds.';
COMMENT ON COLUMN out.answers_history.decided_at IS 'When it was decided, at or before valid_from.';
COMMENT ON COLUMN out.answers_history.quote_cut IS 'How long the quote may be and why it was cut; NULL where it is whole.';
COMMENT ON COLUMN out.answers_history.link IS 'Where the paper is found; NULL where that is not known.';

-- Invoker's rights and one SELECT: the planner takes the function apart like a view.
DROP FUNCTION IF EXISTS out.answers_of_release(integer);
CREATE FUNCTION out.answers_of_release(release_id integer) RETURNS SETOF "out".answers
LANGUAGE sql STABLE AS $$
SELECT h.work_id, h.paper, h.title, h.question_id, h.question_key, h.question, h.question_version, h.answer_type,
       h.state, h.value, h.value_json, h.probability, h.reason, h.quote, h.section, h.page, h.boxes, h.cause,
       h.document_id, h.since_release, h.quote_cut, h.link
FROM out.answers_history h
WHERE h.since_release <= $1 AND (h.until_release IS NULL OR h.until_release > $1)
  AND EXISTS (SELECT FROM out.releases r WHERE r.release_id = $1)
$$;
COMMENT ON FUNCTION out.answers_of_release(integer) IS 'The answers of any release, with the columns of out.answers; no rows for a release that was never published. Grain: work × question.';

DROP FUNCTION IF EXISTS out.answers_asof(timestamptz);
CREATE FUNCTION out.answers_asof(moment timestamptz) RETURNS SETOF "out".answers
LANGUAGE sql STABLE AS $$
SELECT h.work_id, h.paper, h.title, h.question_id, h.question_key, h.question, h.question_version, h.answer_type,
       h.state, h.value, h.value_json, h.probability, h.reason, h.quote, h.section, h.page, h.boxes, h.cause,
       h.document_id, h.since_release, h.quote_cut, h.link
FROM out.answers_history h
WHERE h.since_release <= (SELECT max(r.release_id) FROM out.releases r WHERE r.published_at <= $1)
  AND (h.until_release IS NULL
       OR h.until_release > (SELECT max(r.release_id) FROM out.releases r WHERE r.published_at <= $1))
$$;
COMMENT ON FUNCTION out.answers_asof(timestamptz) IS 'The answers that analysts saw at a moment, with the columns of out.answers: those of the last release published by then; no rows before the first. Grain: work × question.';

DROP FUNCTION IF EXISTS out.release_diff(integer, integer);
CREATE FUNCTION out.release_diff(old_release integer, new_release integer)
RETURNS TABLE (work_id bigint, paper text, question_id text, change text, cause text, old_state text,
               old_value text, new_state text, new_value text)
LANGUAGE sql STABLE AS $$
SELECT coalesce(n.work_id, o.work_id), coalesce(n.paper, o.paper), coalesce(n.question_id, o.question_id),
       CASE WHEN o.work_id IS NULL THEN 'added'
            WHEN n.work_id IS NULL THEN 'removed'
            WHEN o.state <> n.state THEN 'state'
            WHEN o.value_json IS DISTINCT FROM n.value_json THEN 'value'
            ELSE 'same' END,
       CASE WHEN n.work_id IS NULL THEN 'retired' ELSE n.cause END,
       o.state, o.value, n.state, n.value
FROM out.answers_of_release($1) o
FULL JOIN out.answers_of_release($2) n ON n.work_id = o.work_id AND n.question_id = o.question_id
WHERE o.since_release IS DISTINCT FROM n.since_release
$$;
COMMENT ON FUNCTION out.release_diff(integer, integer) IS 'What differs between two releases: change is added, removed, state, value (of the same state) or same (decided anew with the same result); cause is that of the newer decision, retired where there is none any more. Grain: work × question decided differently or anew.';
