CREATE VIEW out.ratings AS
SELECT work_id, question_id, panel AS rater_kind, answerer AS rater, NULL::text AS about_answerer, is_yes FROM out.votes
UNION ALL
SELECT work_id, question_id, 'vote', 'majority of foreign answerers', NULL,
       CASE WHEN count(*) FILTER (WHERE is_yes) > count(*) FILTER (WHERE NOT is_yes) THEN true
            WHEN count(*) FILTER (WHERE is_yes) < count(*) FILTER (WHERE NOT is_yes) THEN false END
FROM core.foreign_vote GROUP BY work_id, question_id
UNION ALL
SELECT work_id, question_id, 'decision', 'decision', NULL,
       -- As voted: what people overruled says nothing of how the voters do where nobody looked.
       CASE voted_state WHEN 'answered' THEN true WHEN 'not_reported' THEN false END
FROM core.decision d
WHERE d.from_release <= (SELECT max(release_id) FROM core.release)
  AND (d.to_release IS NULL OR d.to_release > (SELECT max(release_id) FROM core.release))
UNION ALL
SELECT work_id, question_id, 'annotator', annotator, about_answerer, is_yes FROM out.annotations WHERE is_current
UNION ALL
SELECT work_id, question_id, 'gold', 'gold', NULL, is_yes FROM out.gold;
COMMENT ON VIEW out.ratings IS 'Everyone who says yes or no to a cell, answerers and people. Grain: work × question × rater kind × rater × what was judged.';
COMMENT ON COLUMN out.ratings.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.ratings.question_id IS 'The question.';
COMMENT ON COLUMN out.ratings.rater_kind IS 'own, foreign, vote (majority of foreign answerers), decision (of the current release), annotator or gold.';
COMMENT ON COLUMN out.ratings.rater IS 'Name of the rater.';
COMMENT ON COLUMN out.ratings.about_answerer IS 'Whose answer an annotator judged; NULL where the fact was judged.';
COMMENT ON COLUMN out.ratings.is_yes IS 'True for yes, false for no, NULL for anything else.';

CREATE VIEW out.rating_pairs AS
-- Our own answerers pair by pair, so that a corpus with one answerer costs nothing here.
SELECT cd.work_id, q.question_id, 'own' AS kind_a, fa.name AS rater_a, 'own' AS kind_b, fb.name AS rater_b, NULL::text AS about_answerer,
       CASE a.state WHEN 'answered' THEN true WHEN 'not_reported' THEN false END AS a_is_yes,
       CASE b.state WHEN 'answered' THEN true WHEN 'not_reported' THEN false END AS b_is_yes
FROM ops.active_fingerprint xa
JOIN core.fingerprint fa ON fa.fingerprint_id = xa.fingerprint_id
JOIN ops.active_fingerprint xb ON xb.stage = 'answer'
JOIN core.fingerprint fb ON fb.fingerprint_id = xb.fingerprint_id AND fa.name < fb.name
JOIN core.ballot a ON a.answerer_id = fa.fingerprint_id
JOIN core.ballot b ON b.document_id = a.document_id AND b.question_version_id = a.question_version_id AND b.answerer_id = fb.fingerprint_id
JOIN core.current_document cd ON cd.document_id = a.document_id
JOIN core.current_question q ON q.question_version_id = a.question_version_id
WHERE xa.stage = 'answer'
UNION ALL
SELECT a.work_id, a.question_id, 'foreign', a.answerer, 'foreign', b.answerer, NULL, a.is_yes, b.is_yes
FROM core.foreign_vote a
JOIN core.foreign_vote b USING (work_id, question_id)
WHERE a.answerer < b.answerer
UNION ALL
SELECT a.work_id, a.question_id, 'foreign', a.answerer, 'own', b.answerer, NULL, a.is_yes, b.is_yes
FROM core.foreign_vote a
JOIN out.votes b USING (work_id, question_id)
WHERE b.panel = 'own'
UNION ALL
SELECT a.work_id, a.question_id, a.rater_kind, a.rater, b.rater_kind, b.rater, b.about_answerer, a.is_yes, b.is_yes
FROM out.ratings a
JOIN out.ratings b USING (work_id, question_id)
WHERE a.rater_kind IN ('own', 'foreign', 'vote', 'decision') AND b.rater_kind IN ('annotator', 'gold')
  -- People label a sample: the answers of all other papers are not even looked at.
  AND a.work_id = ANY (ARRAY(SELECT fp.work_id FROM core.foreign_paper fp WHERE fp.work_id IS NOT NULL AND fp.foreign_paper_id IN (
      SELECT foreign_paper_id FROM core.annotation UNION ALL SELECT foreign_paper_id FROM core.adjudication)))
  AND (b.about_answerer IS NULL OR (a.rater_kind IN ('own', 'foreign') AND b.about_answerer = a.rater))
UNION ALL
SELECT a.work_id, a.question_id, a.rater_kind, a.rater, b.rater_kind, b.rater, a.about_answerer, a.is_yes, b.is_yes
FROM out.ratings a
JOIN out.ratings b USING (work_id, question_id)
WHERE a.rater_kind = 'annotator' AND b.rater_kind = 'annotator' AND a.rater < b.rater
  AND a.about_answerer IS NOT DISTINCT FROM b.about_answerer;
COMMENT ON VIEW out.rating_pairs IS 'Two raters on the same cell: answerers among themselves, each of them with people, people among themselves. Grain: work × question × pair of raters × what was judged.';
COMMENT ON COLUMN out.rating_pairs.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.rating_pairs.question_id IS 'The question.';
COMMENT ON COLUMN out.rating_pairs.kind_a IS 'Kind of the first rater.';
COMMENT ON COLUMN out.rating_pairs.rater_a IS 'The first rater.';
COMMENT ON COLUMN out.rating_pairs.kind_b IS 'Kind of the second rater.';
COMMENT ON COLUMN out.rating_pairs.rater_b IS 'The second rater.';
COMMENT ON COLUMN out.rating_pairs.about_answerer IS 'Whose answer was judged; NULL where the fact was.';
COMMENT ON COLUMN out.rating_pairs.a_is_yes IS 'What the first said; NULL where neither yes nor no.';
COMMENT ON COLUMN out.rating_pairs.b_is_yes IS 'What the second said; NULL where neither yes nor no.';

CREATE OR REPLACE FUNCTION out.count_pair(counts bigint[], a boolean, b boolean) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN a IS NULL OR b IS NULL THEN counts
    ELSE ARRAY[counts[1] + CAST(a AND b AS integer), counts[2] + CAST(a AND NOT b AS integer),
               counts[3] + CAST(b AND NOT a AS integer), counts[4] + CAST(NOT a AND NOT b AS integer)] END;
COMMENT ON FUNCTION out.count_pair(bigint[], boolean, boolean) IS 'Step of cohen_kappa: counts of yes-yes, yes-no, no-yes, no-no.';

CREATE OR REPLACE FUNCTION out.kappa_of_counts(counts bigint[]) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN n > 0 AND p_e < n * n THEN (n * (counts[1] + counts[4]) - p_e) / (n * n - p_e) END
    FROM (SELECT CAST(counts[1] + counts[2] + counts[3] + counts[4] AS double precision) AS n,
                 CAST((counts[1] + counts[2]) * (counts[1] + counts[3]) + (counts[3] + counts[4]) * (counts[2] + counts[4]) AS double precision) AS p_e) c
$$;
COMMENT ON FUNCTION out.kappa_of_counts(bigint[]) IS 'Cohen''s kappa of yes-yes, yes-no, no-yes, no-no; NULL where undefined.';

CREATE OR REPLACE AGGREGATE out.cohen_kappa(boolean, boolean) (
    SFUNC = "out".count_pair, STYPE = bigint[], INITCOND = '{0,0,0,0}', FINALFUNC = "out".kappa_of_counts, PARALLEL = SAFE);
COMMENT ON AGGREGATE out.cohen_kappa(boolean, boolean) IS 'Cohen''s kappa of two columns of yes and no, for any grouping of out.rating_pairs; rows with a NULL do not count; NULL where undefined.';

CREATE VIEW out.agreement AS
WITH scoped AS NOT MATERIALIZED (
    -- Two groupings instead of grouping sets: a condition on a rater then reaches the tables.
    SELECT question_id, kind_a, rater_a, kind_b, rater_b, about_answerer, count(*) AS pair_count,
           count(*) FILTER (WHERE a_is_yes AND b_is_yes) AS yes_yes, count(*) FILTER (WHERE a_is_yes AND NOT b_is_yes) AS yes_no,
           count(*) FILTER (WHERE NOT a_is_yes AND b_is_yes) AS no_yes, count(*) FILTER (WHERE NOT a_is_yes AND NOT b_is_yes) AS no_no
    FROM out.rating_pairs
    GROUP BY question_id, kind_a, rater_a, kind_b, rater_b, about_answerer
    UNION ALL
    SELECT NULL, kind_a, rater_a, kind_b, rater_b, about_answerer, count(*) AS pair_count,
           count(*) FILTER (WHERE a_is_yes AND b_is_yes) AS yes_yes, count(*) FILTER (WHERE a_is_yes AND NOT b_is_yes) AS yes_no,
           count(*) FILTER (WHERE NOT a_is_yes AND b_is_yes) AS no_yes, count(*) FILTER (WHERE NOT a_is_yes AND NOT b_is_yes) AS no_no
    FROM out.rating_pairs
    GROUP BY kind_a, rater_a, kind_b, rater_b, about_answerer
)
SELECT s.question_id, s.kind_a, s.rater_a, s.kind_b, s.rater_b, s.about_answerer, s.pair_count,
       CAST(t.n AS bigint) AS label_count, CAST(s.pair_count - t.n AS bigint) AS missing_count,
       s.yes_yes, s.yes_no, s.no_yes, s.no_no, s.yes_yes + s.no_no AS equal_count, CAST((s.yes_yes + s.no_no) / nullif(t.n, 0) AS double precision) AS raw_agreement,
       out.kappa_of_counts(ARRAY[s.yes_yes, s.yes_no, s.no_yes, s.no_no]) AS cohen_kappa,
       CAST(CASE WHEN t.n > 0 THEN ((s.yes_yes + s.no_no) / t.n - 2 * t.p * (1 - t.p)) / (1 - 2 * t.p * (1 - t.p)) END AS double precision) AS gwet_ac1,
       CAST(CASE WHEN t.n > 0 AND t.p > 0 AND t.p < 1
            THEN 1 - (s.yes_no + s.no_yes) / t.n / (2 * t.p * (1 - t.p) * 2 * t.n / (2 * t.n - 1)) END AS double precision) AS krippendorff_alpha,
       CASE WHEN t.n = 0 THEN 'no cell has two labels' WHEN s.yes_yes = t.n OR s.no_no = t.n THEN 'only one label was ever given' END AS undefined_reason
FROM scoped s
CROSS JOIN LATERAL (
    SELECT CAST(s.yes_yes + s.yes_no + s.no_yes + s.no_no AS numeric) AS n,
           (2 * s.yes_yes + s.yes_no + s.no_yes) / nullif(2 * CAST(s.yes_yes + s.yes_no + s.no_yes + s.no_no AS numeric), 0) AS p) t;
COMMENT ON VIEW out.agreement IS 'How far two raters agree, beyond chance; intervals come from florilegium agreement. Grain: question (NULL: all pooled) × pair of raters × what was judged.';
COMMENT ON COLUMN out.agreement.question_id IS 'The question; NULL where all cells are pooled.';
COMMENT ON COLUMN out.agreement.kind_a IS 'Kind of the first rater: own, foreign, vote, decision or annotator.';
COMMENT ON COLUMN out.agreement.rater_a IS 'The first rater.';
COMMENT ON COLUMN out.agreement.kind_b IS 'Kind of the second rater: own, foreign, annotator or gold.';
COMMENT ON COLUMN out.agreement.rater_b IS 'The second rater.';
COMMENT ON COLUMN out.agreement.about_answerer IS 'Whose answer was judged; NULL where the fact was.';
COMMENT ON COLUMN out.agreement.pair_count IS 'Cells that both rated in any way.';
COMMENT ON COLUMN out.agreement.label_count IS 'Cells where both said yes or no; all figures are of these.';
COMMENT ON COLUMN out.agreement.missing_count IS 'Cells where one of them said neither.';
COMMENT ON COLUMN out.agreement.yes_yes IS 'Both yes.';
COMMENT ON COLUMN out.agreement.yes_no IS 'First yes, second no.';
COMMENT ON COLUMN out.agreement.no_yes IS 'First no, second yes.';
COMMENT ON COLUMN out.agreement.no_no IS 'Both no.';
COMMENT ON COLUMN out.agreement.equal_count IS 'Cells with equal labels.';
COMMENT ON COLUMN out.agreement.raw_agreement IS 'Share of equal labels, 0..1.';
COMMENT ON COLUMN out.agreement.cohen_kappa IS 'Cohen''s kappa, -1..1; NULL where undefined.';
COMMENT ON COLUMN out.agreement.gwet_ac1 IS 'Gwet''s AC1, -1..1; NULL without labels.';
COMMENT ON COLUMN out.agreement.krippendorff_alpha IS 'Krippendorff''s alpha, nominal, at most 1; NULL where undefined.';
COMMENT ON COLUMN out.agreement.undefined_reason IS 'Why kappa and alpha are NULL; NULL where they are not.';

CREATE VIEW out.panel_agreement AS
WITH cell AS (
    SELECT work_id, question_id, CASE WHEN rater_kind = 'annotator' THEN 'annotators' ELSE 'answerers' END AS panel,
           CAST(count(*) FILTER (WHERE is_yes) AS double precision) AS y, CAST(count(is_yes) AS double precision) AS m
    FROM out.ratings
    WHERE rater_kind IN ('own', 'foreign') OR (rater_kind = 'annotator' AND about_answerer IS NULL)
    GROUP BY 1, 2, 3
), summed AS (
    SELECT question_id, panel, count(*) FILTER (WHERE m >= 1) AS cell_count, count(*) FILTER (WHERE m >= 2) AS paired_count,
           sum(y / m) FILTER (WHERE m >= 1) AS share_sum,
           sum((y * (y - 1) + (m - y) * (m - y - 1)) / (m * (m - 1))) FILTER (WHERE m >= 2) AS equal_sum,
           sum(2 * y * (m - y) / (m - 1)) FILTER (WHERE m >= 2) AS differ_sum,
           sum(y) FILTER (WHERE m >= 2) AS yes_sum, sum(m) FILTER (WHERE m >= 2) AS label_sum
    FROM cell GROUP BY question_id, panel
), scoped AS (
    SELECT * FROM summed
    UNION ALL
    SELECT NULL, panel, sum(cell_count), sum(paired_count), sum(share_sum), sum(equal_sum), sum(differ_sum), sum(yes_sum), sum(label_sum)
    FROM summed GROUP BY panel
)
SELECT s.question_id, s.panel, CAST(s.cell_count AS bigint) AS cell_count, CAST(s.paired_count AS bigint) AS paired_count,
       CAST(s.label_sum AS bigint) AS label_count, t.p_o AS raw_agreement,
       CASE WHEN t.p > 0 AND t.p < 1 THEN (t.p_o - 1 + 2 * t.p * (1 - t.p)) / (2 * t.p * (1 - t.p)) END AS fleiss_kappa,
       (t.p_o - 2 * t.p * (1 - t.p)) / (1 - 2 * t.p * (1 - t.p)) AS gwet_ac1,
       CASE WHEN s.yes_sum > 0 AND s.yes_sum < s.label_sum
            THEN 1 - s.differ_sum * (s.label_sum - 1) / (2 * s.yes_sum * (s.label_sum - s.yes_sum)) END AS krippendorff_alpha,
       CASE WHEN s.paired_count = 0 THEN 'no cell has two labels' WHEN t.p IN (0, 1) THEN 'only one label was ever given' END AS undefined_reason
FROM scoped s
CROSS JOIN LATERAL (SELECT s.share_sum / nullif(s.cell_count, 0) AS p, s.equal_sum / nullif(s.paired_count, 0) AS p_o) t;
COMMENT ON VIEW out.panel_agreement IS 'How far all answerers, or all annotators of facts, agree. Grain: question (NULL: all pooled) × panel.';
COMMENT ON COLUMN out.panel_agreement.question_id IS 'The question; NULL where all cells are pooled.';
COMMENT ON COLUMN out.panel_agreement.panel IS 'answerers (own and foreign) or annotators.';
COMMENT ON COLUMN out.panel_agreement.cell_count IS 'Cells with a label.';
COMMENT ON COLUMN out.panel_agreement.paired_count IS 'Cells with two labels or more.';
COMMENT ON COLUMN out.panel_agreement.label_count IS 'Labels in these cells.';
COMMENT ON COLUMN out.panel_agreement.raw_agreement IS 'Mean share of equal pairs of labels in a cell, 0..1.';
COMMENT ON COLUMN out.panel_agreement.fleiss_kappa IS 'Fleiss'' kappa, at most 1; NULL where undefined.';
COMMENT ON COLUMN out.panel_agreement.gwet_ac1 IS 'Gwet''s AC1, -1..1; NULL without paired labels.';
COMMENT ON COLUMN out.panel_agreement.krippendorff_alpha IS 'Krippendorff''s alpha, nominal, at most 1; NULL where undefined.';
COMMENT ON COLUMN out.panel_agreement.undefined_reason IS 'Why kappa and alpha are NULL; NULL where they are not.';
