CREATE VIEW out.foreign_answers AS
SELECT fp.work_id, w.name AS paper, fp.label AS paper_label, fp.match_kind AS paper_match, fa.question_id, fa.answerer,
       fa.form, fa.raw AS raw_answer, fa.raw_state, fa.raw_value, fa.state, fa.state_basis, fa.reason, fa.evidence_status,
       fa.source_name, fa.line, fa.imported_at
FROM core.foreign_answer fa
JOIN core.foreign_paper fp USING (foreign_paper_id)
JOIN core.work w USING (work_id);
COMMENT ON VIEW out.foreign_answers IS 'Recorded answers of other systems as given and as read. Grain: name of a paper × question × answerer × form.';
COMMENT ON COLUMN out.foreign_answers.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.foreign_answers.paper IS 'Name of the work here. Untrusted text.';
COMMENT ON COLUMN out.foreign_answers.paper_label IS 'Name under which the other system spoke of it. Untrusted text.';
COMMENT ON COLUMN out.foreign_answers.paper_match IS 'How the two were matched; created where no full text is here.';
COMMENT ON COLUMN out.foreign_answers.question_id IS 'The question.';
COMMENT ON COLUMN out.foreign_answers.answerer IS 'Name of the other system. Untrusted text.';
COMMENT ON COLUMN out.foreign_answers.form IS 'verdict, prose or empty.';
COMMENT ON COLUMN out.foreign_answers.raw_answer IS 'The answer, character by character. Untrusted text.';
COMMENT ON COLUMN out.foreign_answers.raw_state IS 'State the file gave; NULL where none.';
COMMENT ON COLUMN out.foreign_answers.raw_value IS 'Value the file gave; NULL where none.';
COMMENT ON COLUMN out.foreign_answers.state IS 'Normalised state: answered, not_reported, not_applicable, unreadable or failed.';
COMMENT ON COLUMN out.foreign_answers.state_basis IS 'stated in the file, read from a verdict, inferred from prose, or empty.';
COMMENT ON COLUMN out.foreign_answers.reason IS 'Why there is no answer; NULL exactly when answered.';
COMMENT ON COLUMN out.foreign_answers.evidence_status IS 'exact or fuzzy: its words stand in the paper; unsupported: they do not; waiting: the paper is not here; no_quote: a bare verdict; not_needed: no claim.';
COMMENT ON COLUMN out.foreign_answers.source_name IS 'File it came from.';
COMMENT ON COLUMN out.foreign_answers.line IS '1-based line of that file.';
COMMENT ON COLUMN out.foreign_answers.imported_at IS 'When it was imported.';

CREATE VIEW out.foreign_evidence AS
SELECT fp.work_id, w.name AS paper, e.question_id, e.answerer, e.form, e.evidence_rank,
       left(e.quote, r.view_chars) AS quote, array_to_string(s.path, ' > ') AS section, CAST(b.regions[1][1] AS integer) AS page,
       e.match_kind, e.similarity, e.document_id, e.block_index, e.char_start,
       CAST(least(e.char_end, e.char_start + CAST(r.view_chars AS bigint)) AS integer) AS char_end,
       CASE WHEN length(e.quote) > r.view_chars THEN 'cut to ' || r.view_chars || ' characters: ' || r.reason END AS quote_cut, r.link
FROM core.foreign_evidence e
JOIN core.foreign_answer fa USING (foreign_paper_id, question_id, answerer, form)
JOIN core.foreign_paper fp USING (foreign_paper_id)
JOIN core.work w USING (work_id)
JOIN core.block b USING (document_id, block_index)
JOIN core.section s ON s.document_id = b.document_id AND s.section_index = b.section_index
JOIN core.quote_right r ON r.document_id = e.document_id
WHERE e.document_id = fa.searched_document_id;
COMMENT ON VIEW out.foreign_evidence IS 'Where words of other systems'' answers stand in the paper, in the reading searched last. Grain: foreign answer × rank.';
COMMENT ON COLUMN out.foreign_evidence.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.foreign_evidence.paper IS 'Name of the work here. Untrusted text.';
COMMENT ON COLUMN out.foreign_evidence.question_id IS 'The question.';
COMMENT ON COLUMN out.foreign_evidence.answerer IS 'Name of the other system.';
COMMENT ON COLUMN out.foreign_evidence.form IS 'Form of the answer.';
COMMENT ON COLUMN out.foreign_evidence.evidence_rank IS '1 is the first found.';
COMMENT ON COLUMN out.foreign_evidence.quote IS 'A slice of the source, as long as the paper''s licence allows.';
COMMENT ON COLUMN out.foreign_evidence.section IS 'Titles of the section it stands in.';
COMMENT ON COLUMN out.foreign_evidence.page IS '1-based page where its block begins; NULL without pages.';
COMMENT ON COLUMN out.foreign_evidence.match_kind IS 'exact or fuzzy.';
COMMENT ON COLUMN out.foreign_evidence.similarity IS '0..1; 1 where exact.';
COMMENT ON COLUMN out.foreign_evidence.document_id IS 'The reading that was searched.';
COMMENT ON COLUMN out.foreign_evidence.block_index IS 'The block.';
COMMENT ON COLUMN out.foreign_evidence.char_start IS 'First character in the block, 0-based.';
COMMENT ON COLUMN out.foreign_evidence.char_end IS 'One past the last character shown.';
COMMENT ON COLUMN out.foreign_evidence.quote_cut IS 'How long the quote may be and why it was cut; NULL where it is whole.';
COMMENT ON COLUMN out.foreign_evidence.link IS 'Where the paper is found; NULL where that is not known.';

CREATE VIEW out.votes AS
SELECT cd.work_id, q.question_id, 'own' AS panel, f.name AS answerer, b.state, 'cast' AS state_basis,
       CASE b.state WHEN 'answered' THEN true WHEN 'not_reported' THEN false END AS is_yes, b.score,
       CASE WHEN b.state = 'answered' THEN 'exact' ELSE 'not_needed' END AS evidence_status
FROM core.current_document cd
JOIN core.ballot b ON b.document_id = cd.document_id
JOIN core.current_question q USING (question_version_id)
JOIN ops.active_fingerprint af ON af.stage = 'answer' AND af.fingerprint_id = b.answerer_id
JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
UNION ALL
SELECT work_id, question_id, 'foreign', answerer, state, state_basis, is_yes, NULL, evidence_status
FROM core.foreign_vote;
COMMENT ON VIEW out.votes IS 'Who says that a paper reports what a question asks for: our answerers in force and other systems. Grain: work × question × panel × answerer.';
COMMENT ON COLUMN out.votes.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.votes.question_id IS 'The question.';
COMMENT ON COLUMN out.votes.panel IS 'own, or foreign for recorded answers of other systems.';
COMMENT ON COLUMN out.votes.answerer IS 'Name of the answerer.';
COMMENT ON COLUMN out.votes.state IS 'answered, not_reported, not_applicable, unreadable or failed.';
COMMENT ON COLUMN out.votes.state_basis IS 'cast by us, or for foreign answers: stated, verdict, inferred or empty, the surest first.';
COMMENT ON COLUMN out.votes.is_yes IS 'True where answered, false where not_reported, NULL otherwise.';
COMMENT ON COLUMN out.votes.score IS 'The answerer''s own confidence, 0..1; NULL where it has none.';
COMMENT ON COLUMN out.votes.evidence_status IS 'Is there proof: exact, fuzzy, unsupported, waiting, no_quote or not_needed.';

CREATE VIEW out.vote_counts AS
SELECT work_id, question_id, coalesce(panel, 'all') AS panel, count(*) AS answerer_count,
       count(*) FILTER (WHERE is_yes) AS yes_count, count(*) FILTER (WHERE NOT is_yes) AS no_count,
       count(*) FILTER (WHERE is_yes IS NULL) AS silent_count,
       CASE WHEN count(*) FILTER (WHERE is_yes) > count(*) FILTER (WHERE NOT is_yes) THEN true
            WHEN count(*) FILTER (WHERE is_yes) < count(*) FILTER (WHERE NOT is_yes) THEN false END AS is_yes,
       count(is_yes) = count(*) AND bool_and(is_yes) = bool_or(is_yes) AS is_unanimous
FROM out.votes
GROUP BY GROUPING SETS ((work_id, question_id, panel), (work_id, question_id));
COMMENT ON VIEW out.vote_counts IS 'Votes counted. Grain: work × question × panel.';
COMMENT ON COLUMN out.vote_counts.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.vote_counts.question_id IS 'The question.';
COMMENT ON COLUMN out.vote_counts.panel IS 'own, foreign, or all of both.';
COMMENT ON COLUMN out.vote_counts.answerer_count IS 'Answerers that were heard.';
COMMENT ON COLUMN out.vote_counts.yes_count IS 'Votes for yes.';
COMMENT ON COLUMN out.vote_counts.no_count IS 'Votes for no.';
COMMENT ON COLUMN out.vote_counts.silent_count IS 'Answerers that said neither.';
COMMENT ON COLUMN out.vote_counts.is_yes IS 'The majority of votes; NULL at a tie or without votes.';
COMMENT ON COLUMN out.vote_counts.is_unanimous IS 'True where all answerers voted, and all alike.';

CREATE VIEW out.annotations AS
SELECT a.annotation_id, fp.work_id, w.name AS paper, a.question_id, a.annotator, a.about_answerer, a.raw_label, a.label,
       CASE a.label WHEN 'yes' THEN true WHEN 'no' THEN false END AS is_yes, a.value, a.comment, a.is_blind, a.sample,
       a.seconds, a.labelled_at, a.source_name, a.line, a.imported_at,
       NOT o.is_out AND row_number() OVER (PARTITION BY fp.work_id, a.question_id, a.annotator, a.about_answerer, o.is_out
                          ORDER BY coalesce(a.labelled_at, a.imported_at) DESC, a.imported_at DESC, a.line DESC, a.annotation_id) = 1 AS is_current,
       x.annotation_id IS NOT NULL AS is_withdrawn, a.withdraws
FROM core.annotation a
JOIN core.foreign_paper fp USING (foreign_paper_id)
JOIN core.work w USING (work_id)
LEFT JOIN core.annotation x ON x.withdraws = a.annotation_id
CROSS JOIN LATERAL (SELECT x.annotation_id IS NOT NULL OR a.withdraws IS NOT NULL AS is_out) o;
COMMENT ON VIEW out.annotations IS 'Labels that people gave, changes of mind and withdrawals too. Grain: one word of one person.';
COMMENT ON COLUMN out.annotations.annotation_id IS 'Content key.';
COMMENT ON COLUMN out.annotations.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.annotations.paper IS 'Name of the work here. Untrusted text.';
COMMENT ON COLUMN out.annotations.question_id IS 'The question.';
COMMENT ON COLUMN out.annotations.annotator IS 'Who labelled.';
COMMENT ON COLUMN out.annotations.about_answerer IS 'The system whose answer was judged; NULL where the fact was labelled.';
COMMENT ON COLUMN out.annotations.raw_label IS 'The label, character by character.';
COMMENT ON COLUMN out.annotations.label IS 'yes, no, partly, unclear, not_applicable, missing where blank, or withdrawn where the row takes back an earlier one.';
COMMENT ON COLUMN out.annotations.is_yes IS 'True for yes, false for no, NULL otherwise.';
COMMENT ON COLUMN out.annotations.value IS 'The value the person gave; NULL where none.';
COMMENT ON COLUMN out.annotations.comment IS 'Free words; NULL where none.';
COMMENT ON COLUMN out.annotations.is_blind IS 'True where neither an answer nor another label was seen; NULL where nobody said.';
COMMENT ON COLUMN out.annotations.sample IS 'random, chosen or unstated: how the cell came to be labelled.';
COMMENT ON COLUMN out.annotations.seconds IS 'How long it took; NULL where not measured.';
COMMENT ON COLUMN out.annotations.labelled_at IS 'When the person labelled; NULL where not said.';
COMMENT ON COLUMN out.annotations.source_name IS 'File it came from.';
COMMENT ON COLUMN out.annotations.line IS '1-based line of that file.';
COMMENT ON COLUMN out.annotations.imported_at IS 'When it was imported.';
COMMENT ON COLUMN out.annotations.is_current IS 'True for the newest label of this person on this cell that was not taken back.';
COMMENT ON COLUMN out.annotations.is_withdrawn IS 'True where the person took this label back.';
COMMENT ON COLUMN out.annotations.withdraws IS 'The label that this row takes back; NULL for a label.';

CREATE VIEW out.gold AS
WITH heard AS (
    SELECT work_id, question_id, count(*) AS annotator_count,
           count(*) FILTER (WHERE label <> 'missing') AS label_count, count(DISTINCT label) FILTER (WHERE label <> 'missing') AS distinct_count,
           min(label) FILTER (WHERE label <> 'missing') AS label, bool_and(coalesce(is_blind, false)) AS is_blind,
           CASE WHEN bool_or(sample = 'chosen') THEN 'chosen' WHEN bool_and(sample = 'random') THEN 'random' ELSE 'unstated' END AS sample
    FROM out.annotations
    WHERE is_current AND about_answerer IS NULL
    GROUP BY work_id, question_id
), judged AS (
    SELECT DISTINCT ON (fp.work_id, a.question_id) fp.work_id, a.question_id, a.label, a.adjudicator
    FROM core.adjudication a
    JOIN core.foreign_paper fp USING (foreign_paper_id)
    WHERE a.withdraws IS NULL AND NOT EXISTS (SELECT FROM core.adjudication x WHERE x.withdraws = a.adjudication_id)
    ORDER BY fp.work_id, a.question_id, coalesce(a.labelled_at, a.imported_at) DESC, a.imported_at DESC, a.line DESC
), settled AS (
    SELECT work_id, question_id, coalesce(h.annotator_count, 0) AS annotator_count,
           CASE WHEN j.label IS NOT NULL THEN j.label WHEN h.distinct_count = 1 THEN h.label END AS label,
           CASE WHEN j.label IS NOT NULL THEN 'adjudicated' WHEN h.label_count = 0 THEN 'missing'
                WHEN h.distinct_count > 1 THEN 'disputed' WHEN h.label_count > 1 THEN 'agreed' ELSE 'single' END AS basis,
           j.adjudicator, coalesce(h.is_blind, false) AS is_blind, coalesce(h.sample, 'unstated') AS sample
    FROM heard h FULL JOIN judged j USING (work_id, question_id)
)
SELECT s.work_id, w.name AS paper, s.question_id, s.label, CASE s.label WHEN 'yes' THEN true WHEN 'no' THEN false END AS is_yes,
       s.basis, s.annotator_count, s.adjudicator, s.is_blind, s.sample
FROM settled s
JOIN core.work w USING (work_id);
COMMENT ON VIEW out.gold IS 'What people hold to be the fact; labels on a system''s prose do not count. Grain: work × question with a label.';
COMMENT ON COLUMN out.gold.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.gold.paper IS 'Name of the work here. Untrusted text.';
COMMENT ON COLUMN out.gold.question_id IS 'The question.';
COMMENT ON COLUMN out.gold.label IS 'The adjudicated label, else the one all annotators gave; NULL where disputed or missing.';
COMMENT ON COLUMN out.gold.is_yes IS 'True for yes, false for no, NULL otherwise.';
COMMENT ON COLUMN out.gold.basis IS 'adjudicated, agreed (by two or more), single, disputed or missing.';
COMMENT ON COLUMN out.gold.annotator_count IS 'Annotators who were heard.';
COMMENT ON COLUMN out.gold.adjudicator IS 'Who had the last word; NULL where nobody had to.';
COMMENT ON COLUMN out.gold.is_blind IS 'True where all annotators are known to have labelled blind.';
COMMENT ON COLUMN out.gold.sample IS 'random, unstated, or chosen where any label was: how the cell came to be labelled.';
