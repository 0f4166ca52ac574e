CREATE VIEW out.ballots AS
SELECT b.document_id, d.work_id, w.name AS paper, qv.question_id, qv.version AS question_version, f.name AS answerer,
       b.state,
       CASE WHEN qv.answer_type = 'short_text'
            THEN left(b.value_text, (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = b.document_id))
            ELSE b.value_text END AS value,
       CASE WHEN qv.answer_type = 'short_text' AND jsonb_typeof(b.value) = 'string'
            THEN to_jsonb(left(b.value #>> '{}', (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = b.document_id)))
            ELSE b.value END AS value_json, b.score, b.reason, b.context_sha256,
       b.carried_from IS NOT NULL AS is_carried, b.run_id, b.cast_at
FROM core.ballot b
JOIN core.document d USING (document_id)
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id;
COMMENT ON VIEW out.ballots IS 'Every answer of every answerer, old ones too. Grain: document × question version × answerer.';
COMMENT ON COLUMN out.ballots.document_id IS 'The reading that was asked.';
COMMENT ON COLUMN out.ballots.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.ballots.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.ballots.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.ballots.question_version IS 'Its version.';
COMMENT ON COLUMN out.ballots.answerer IS 'Name of the answerer.';
COMMENT ON COLUMN out.ballots.state IS 'answered, not_reported, not_applicable, unreadable or failed.';
COMMENT ON COLUMN out.ballots.value IS 'The value in one line.';
COMMENT ON COLUMN out.ballots.value_json IS 'The typed value.';
COMMENT ON COLUMN out.ballots.score IS 'The answerer''s own confidence, 0..1.';
COMMENT ON COLUMN out.ballots.reason IS 'Why there is no answer.';
COMMENT ON COLUMN out.ballots.context_sha256 IS 'Hash of the passages retrieved for this question.';
COMMENT ON COLUMN out.ballots.is_carried IS 'True where the ballot was carried over from an earlier reading with equal context.';
COMMENT ON COLUMN out.ballots.run_id IS 'The run that cast it; 0 for a recorded answer of another system, which no run asked.';
COMMENT ON COLUMN out.ballots.cast_at IS 'When it was cast.';

CREATE VIEW out.evidence AS
SELECT d.work_id, w.name AS paper, d.question_id, qv.key AS question_key, f.name AS answerer, ev.evidence_rank,
       left(ev.quote, r.view_chars) AS quote, array_to_string(s.path, ' > ') AS section,
       CAST(sn.regions[1][1] AS integer) AS page, sn.regions AS boxes, b.xpath, ev.match_kind, ev.document_id,
       ev.block_index, ev.char_start, CAST(least(ev.char_end, ev.char_start + CAST(r.view_chars AS bigint)) AS integer) AS char_end,
       CASE WHEN length(ev.quote) > r.view_chars THEN 'cut to ' || r.view_chars || ' characters: ' || r.reason END AS quote_cut,
       r.link
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
JOIN core.decision_support ds ON ds.work_id = d.work_id AND ds.question_id = d.question_id AND ds.from_release = d.from_release
JOIN core.evidence ev ON ev.document_id = d.document_id AND ev.question_version_id = d.question_version_id AND ev.answerer_id = ds.answerer_id
JOIN core.fingerprint f ON f.fingerprint_id = ev.answerer_id
JOIN core.sentence sn ON sn.document_id = ev.document_id AND sn.sentence_index = ev.sentence_index
JOIN core.block b ON b.document_id = ev.document_id AND b.block_index = ev.block_index
JOIN core.section s ON s.document_id = b.document_id AND s.section_index = b.section_index
JOIN core.quote_right r ON r.document_id = ev.document_id
WHERE d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.evidence IS 'All proof of the current answers. Grain: work × question × answerer × rank.';
COMMENT ON COLUMN out.evidence.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.evidence.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.evidence.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.evidence.question_key IS 'Name of the question in snake case.';
COMMENT ON COLUMN out.evidence.answerer IS 'Whose evidence it is.';
COMMENT ON COLUMN out.evidence.evidence_rank IS '1 is the strongest.';
COMMENT ON COLUMN out.evidence.quote IS 'A slice of the source, as long as the paper''s licence allows.';
COMMENT ON COLUMN out.evidence.section IS 'Titles of the section it stands in.';
COMMENT ON COLUMN out.evidence.page IS '1-based page; NULL for sources without pages.';
COMMENT ON COLUMN out.evidence.boxes IS 'Rows (page, x0, y0, x1, y1) in points from the top left.';
COMMENT ON COLUMN out.evidence.xpath IS 'Element path in an XML source.';
COMMENT ON COLUMN out.evidence.match_kind IS 'cited, exact or fuzzy.';
COMMENT ON COLUMN out.evidence.document_id IS 'The reading.';
COMMENT ON COLUMN out.evidence.block_index IS 'The block.';
COMMENT ON COLUMN out.evidence.char_start IS 'First character in the block, 0-based.';
COMMENT ON COLUMN out.evidence.char_end IS 'One past the last character shown.';
COMMENT ON COLUMN out.evidence.quote_cut IS 'How long the quote may be and why it was cut; NULL where it is whole.';
COMMENT ON COLUMN out.evidence.link IS 'Where the paper is found: its DOI as an address, else a page of an archive; NULL where neither is known.';

CREATE VIEW out.catalogue AS
SELECT q.question_id, q.catalogue, qv.key AS question_key, qv.version, qv.text AS question, qv.answer_type,
       q.retired_at, qv.loaded_at,
       (SELECT max(g.passed_at) FROM core.golden_pass g WHERE g.question_version_id = qv.question_version_id) AS golden_passed_at
FROM core.question q
LEFT JOIN core.question_version qv ON qv.question_version_id = q.current_version_id;
COMMENT ON VIEW out.catalogue IS 'The questions. Grain: one question.';
COMMENT ON COLUMN out.catalogue.question_id IS 'Stable id.';
COMMENT ON COLUMN out.catalogue.catalogue IS 'The catalogue it belongs to.';
COMMENT ON COLUMN out.catalogue.question_key IS 'Name in snake case.';
COMMENT ON COLUMN out.catalogue.version IS 'Version in force; NULL once retired.';
COMMENT ON COLUMN out.catalogue.question IS 'The question as asked.';
COMMENT ON COLUMN out.catalogue.answer_type IS 'The form of its value.';
COMMENT ON COLUMN out.catalogue.retired_at IS 'When it left the catalogue; NULL while asked.';
COMMENT ON COLUMN out.catalogue.loaded_at IS 'When this version was first loaded.';
COMMENT ON COLUMN out.catalogue.golden_passed_at IS 'When this version last passed its golden cells; NULL where it has none or was loaded without them.';

CREATE VIEW out.changes AS
SELECT d.from_release AS release_id, d.work_id, w.name AS paper, d.question_id, d.cause,
       o.state AS old_state,
       CASE WHEN oq.answer_type = 'short_text'
            THEN left(o.value_text, (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = o.document_id))
            ELSE o.value_text END AS old_value,
       d.state AS new_state,
       CASE WHEN dq.answer_type = 'short_text'
            THEN left(d.value_text, (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = d.document_id))
            ELSE d.value_text END AS new_value
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version dq USING (question_version_id)
LEFT JOIN core.decision o ON o.work_id = d.work_id AND o.question_id = d.question_id AND o.to_release = d.from_release
LEFT JOIN core.question_version oq ON oq.question_version_id = o.question_version_id
WHERE d.from_release <= (SELECT max(release_id) FROM core.release)
UNION ALL
-- A decision that ended without another after it: its question was retired.
SELECT o.to_release, o.work_id, w.name, o.question_id, 'retired', o.state,
       CASE WHEN oq.answer_type = 'short_text'
            THEN left(o.value_text, (SELECT r.view_chars FROM core.quote_right r WHERE r.document_id = o.document_id))
            ELSE o.value_text END, NULL, NULL
FROM core.decision o
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version oq USING (question_version_id)
WHERE o.to_release <= (SELECT max(release_id) FROM core.release)
  AND NOT EXISTS (SELECT FROM core.decision d WHERE d.work_id = o.work_id AND d.question_id = o.question_id
                  AND d.from_release = o.to_release);
COMMENT ON VIEW out.changes IS 'What each release changed and why. Grain: release × work × question.';
COMMENT ON COLUMN out.changes.release_id IS 'The release that brought the change.';
COMMENT ON COLUMN out.changes.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.changes.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.changes.question_id IS 'The question.';
COMMENT ON COLUMN out.changes.cause IS 'What changed: new_paper, new_question, question_version, retraction, outcome (what became of the paper), re_parse, rule, human, model, prompt, answerer, foreign_answer, calibration, or retired (the question is no longer asked); of several the first in this order.';
COMMENT ON COLUMN out.changes.old_state IS 'State before; NULL where there was none.';
COMMENT ON COLUMN out.changes.old_value IS 'Value before.';
COMMENT ON COLUMN out.changes.new_state IS 'State since; NULL where the question was retired.';
COMMENT ON COLUMN out.changes.new_value IS 'Value since.';
