-- Typed values of the current release, one row an item. A target list entry that nobody asks for costs nothing.
CREATE VIEW out.entities AS
SELECT d.work_id, w.name AS paper, doc.title, doc.year, doc.venue, d.question_id, qv.key AS question_key,
       CAST(i.item_index AS integer) AS item_index, i.item ->> 'name' AS name, i.item ->> 'surface' AS surface,
       i.item -> 'evidence' AS evidence_ranks,
       (SELECT f.name FROM core.decision_support ds JOIN core.fingerprint f ON f.fingerprint_id = ds.answerer_id
        WHERE ds.work_id = d.work_id AND ds.question_id = d.question_id AND ds.from_release = d.from_release
          AND ds.answerer_id = coalesce(CAST(i.item ->> 'answerer_id' AS bigint), ds.answerer_id)
        ORDER BY ds.answerer_id LIMIT 1) AS answerer
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
LEFT JOIN core.document doc ON doc.document_id = d.document_id
CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(d.value) = 'array' THEN d.value ELSE '[]' END)
    WITH ORDINALITY AS i (item, item_index)
WHERE d.state = 'answered' AND qv.answer_type IN ('entity_list', 'enum_list')
  AND d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.entities IS 'Named things of the current answers (frameworks, metrics, hosts, …), from entity_list and enum_list questions. Grain: work × question × item.';
COMMENT ON COLUMN out.entities.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.entities.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.entities.title IS 'Title as read.';
COMMENT ON COLUMN out.entities.year IS 'Year of publication the paper states; NULL where it states none.';
COMMENT ON COLUMN out.entities.venue IS 'Journal or conference the paper states; NULL where it states none.';
COMMENT ON COLUMN out.entities.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.entities.question_key IS 'Name of the question in snake case.';
COMMENT ON COLUMN out.entities.item_index IS 'Place in the answer; 1 has the strongest evidence.';
COMMENT ON COLUMN out.entities.name IS 'Canonical name: the vocabulary''s term where it has one.';
COMMENT ON COLUMN out.entities.surface IS 'As the paper writes it. Untrusted text.';
COMMENT ON COLUMN out.entities.evidence_ranks IS 'JSON array of evidence_rank in out.evidence, of this answerer.';
COMMENT ON COLUMN out.entities.answerer IS 'Whose evidence the ranks count; as in out.evidence.';

CREATE VIEW out.measurements AS
SELECT d.work_id, w.name AS paper, doc.title, doc.year, doc.venue, d.question_id, qv.key AS question_key,
       CAST(i.item_index AS integer) AS item_index, i.item ->> 'name' AS name, i.item ->> 'surface' AS surface,
       i.item ->> 'value' AS value,
       CASE WHEN jsonb_typeof(i.item -> 'number') = 'number' THEN CAST(i.item ->> 'number' AS double precision) END AS number,
       i.item ->> 'unit' AS unit, i.item -> 'evidence' AS evidence_ranks,
       (SELECT f.name FROM core.decision_support ds JOIN core.fingerprint f ON f.fingerprint_id = ds.answerer_id
        WHERE ds.work_id = d.work_id AND ds.question_id = d.question_id AND ds.from_release = d.from_release
          AND ds.answerer_id = coalesce(CAST(i.item ->> 'answerer_id' AS bigint), ds.answerer_id)
        ORDER BY ds.answerer_id LIMIT 1) AS answerer
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
LEFT JOIN core.document doc ON doc.document_id = d.document_id
CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(d.value) = 'array' THEN d.value ELSE '[]' END)
    WITH ORDINALITY AS i (item, item_index)
WHERE d.state = 'answered' AND qv.answer_type = 'key_value_list'
  AND d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.measurements IS 'Named values of the current answers (learning rate 0.001, GPU memory 24 GB, …), from key_value_list questions. Grain: work × question × item.';
COMMENT ON COLUMN out.measurements.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.measurements.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.measurements.title IS 'Title as read.';
COMMENT ON COLUMN out.measurements.year IS 'Year of publication the paper states; NULL where it states none.';
COMMENT ON COLUMN out.measurements.venue IS 'Journal or conference the paper states; NULL where it states none.';
COMMENT ON COLUMN out.measurements.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.measurements.question_key IS 'Name of the question in snake case.';
COMMENT ON COLUMN out.measurements.item_index IS 'Place in the answer; 1 has the strongest evidence.';
COMMENT ON COLUMN out.measurements.name IS 'What has the value: the vocabulary''s term where it has one.';
COMMENT ON COLUMN out.measurements.surface IS 'As the paper writes the name. Untrusted text.';
COMMENT ON COLUMN out.measurements.value IS 'The value as it stands; NULL where the paper names the thing alone.';
COMMENT ON COLUMN out.measurements.number IS 'The value where it is one plain number, else NULL (80:20, 512 x 512).';
COMMENT ON COLUMN out.measurements.unit IS 'Unit as the paper gives it; NULL where it gives none.';
COMMENT ON COLUMN out.measurements.evidence_ranks IS 'JSON array of evidence_rank in out.evidence, of this answerer.';
COMMENT ON COLUMN out.measurements.answerer IS 'Whose evidence the ranks count; as in out.evidence.';

CREATE VIEW out.urls AS
SELECT d.work_id, w.name AS paper, doc.title, doc.year, doc.venue, d.question_id, qv.key AS question_key,
       CAST(i.item_index AS integer) AS item_index, i.item ->> 'url' AS url, i.item ->> 'host' AS host,
       i.item ->> 'role' AS role, i.item -> 'evidence' AS evidence_ranks,
       (SELECT f.name FROM core.decision_support ds JOIN core.fingerprint f ON f.fingerprint_id = ds.answerer_id
        WHERE ds.work_id = d.work_id AND ds.question_id = d.question_id AND ds.from_release = d.from_release
          AND ds.answerer_id = coalesce(CAST(i.item ->> 'answerer_id' AS bigint), ds.answerer_id)
        ORDER BY ds.answerer_id LIMIT 1) AS answerer
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
LEFT JOIN core.document doc ON doc.document_id = d.document_id
CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(d.value) = 'array' THEN d.value ELSE '[]' END)
    WITH ORDINALITY AS i (item, item_index)
WHERE d.state = 'answered' AND qv.answer_type = 'url_list'
  AND d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.urls IS 'Links of the current answers, from url_list questions. Grain: work × question × item.';
COMMENT ON COLUMN out.urls.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.urls.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.urls.title IS 'Title as read.';
COMMENT ON COLUMN out.urls.year IS 'Year of publication the paper states; NULL where it states none.';
COMMENT ON COLUMN out.urls.venue IS 'Journal or conference the paper states; NULL where it states none.';
COMMENT ON COLUMN out.urls.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.urls.question_key IS 'Name of the question in snake case.';
COMMENT ON COLUMN out.urls.item_index IS 'Place in the answer; 1 has the strongest evidence.';
COMMENT ON COLUMN out.urls.url IS 'The address; it occurs in the paper. Untrusted text.';
COMMENT ON COLUMN out.urls.host IS 'Its host in lower case without www.; doi.org for a DOI.';
COMMENT ON COLUMN out.urls.role IS 'own where the authors offer it as theirs.';
COMMENT ON COLUMN out.urls.evidence_ranks IS 'JSON array of evidence_rank in out.evidence, of this answerer.';
COMMENT ON COLUMN out.urls.answerer IS 'Whose evidence the ranks count; as in out.evidence.';

CREATE VIEW out.verdicts AS
SELECT d.work_id, w.name AS paper, doc.title, doc.year, doc.venue, d.question_id, qv.key AS question_key,
       d.value ->> 'verdict' AS verdict, CASE d.value ->> 'verdict' WHEN 'yes' THEN true WHEN 'no' THEN false END AS is_yes,
       d.value ->> 'surface' AS surface
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
LEFT JOIN core.document doc ON doc.document_id = d.document_id
WHERE d.state = 'answered' AND qv.answer_type = 'yes_no'
  AND d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.verdicts IS 'Yes or no of the current answers, from yes_no questions. Grain: work × question.';
COMMENT ON COLUMN out.verdicts.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.verdicts.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.verdicts.title IS 'Title as read.';
COMMENT ON COLUMN out.verdicts.year IS 'Year of publication the paper states; NULL where it states none.';
COMMENT ON COLUMN out.verdicts.venue IS 'Journal or conference the paper states; NULL where it states none.';
COMMENT ON COLUMN out.verdicts.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.verdicts.question_key IS 'Name of the question in snake case.';
COMMENT ON COLUMN out.verdicts.verdict IS 'yes, no, or another word of the answerer.';
COMMENT ON COLUMN out.verdicts.is_yes IS 'True for yes, false for no, else NULL.';
COMMENT ON COLUMN out.verdicts.surface IS 'The words it rests on, where the answerer names some. Untrusted text.';

CREATE VIEW out.texts AS
SELECT d.work_id, w.name AS paper, doc.title, doc.year, doc.venue, d.question_id, qv.key AS question_key,
       left(d.value_text, r.view_chars) AS value,
       CASE WHEN length(d.value_text) > r.view_chars THEN 'cut to ' || r.view_chars || ' characters: ' || r.reason END AS value_cut,
       r.link
FROM core.decision d
LEFT JOIN core.work w USING (work_id)
LEFT JOIN core.question_version qv USING (question_version_id)
JOIN core.document doc ON doc.document_id = d.document_id
JOIN core.quote_right r ON r.document_id = d.document_id
WHERE d.state = 'answered' AND qv.answer_type = 'short_text'
  AND d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release));
COMMENT ON VIEW out.texts IS 'Answers in words, from short_text questions. Grain: work × question.';
COMMENT ON COLUMN out.texts.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.texts.paper IS 'Where the work was first seen. Untrusted text.';
COMMENT ON COLUMN out.texts.title IS 'Title as read.';
COMMENT ON COLUMN out.texts.year IS 'Year of publication the paper states; NULL where it states none.';
COMMENT ON COLUMN out.texts.venue IS 'Journal or conference the paper states; NULL where it states none.';
COMMENT ON COLUMN out.texts.question_id IS 'Id in the catalogue.';
COMMENT ON COLUMN out.texts.question_key IS 'Name of the question in snake case.';
COMMENT ON COLUMN out.texts.value IS 'The answer, often the paper''s own words, as long as its licence allows. Untrusted text.';
COMMENT ON COLUMN out.texts.value_cut IS 'How long it may be and why it was cut; NULL where it is whole.';
COMMENT ON COLUMN out.texts.link IS 'Where the paper is found; NULL where that is not known.';
