CREATE OR REPLACE FUNCTION out.wilson_low(successes double precision, trials double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN trials > 0 THEN greatest(0, (successes / trials + z * z / (2 * trials)
        - z * sqrt(successes / trials * (1 - successes / trials) / trials + z * z / (4 * trials * trials))) / (1 + z * z / trials)) ELSE 0 END
    FROM (SELECT CAST(1.959963984540054 AS double precision) AS z) c
$$;
COMMENT ON FUNCTION out.wilson_low(double precision, double precision) IS 'Lower bound of Wilson''s 95 % score interval, 0 without trials.';
CREATE OR REPLACE FUNCTION out.wilson_high(successes double precision, trials double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1 - out.wilson_low(trials - successes, trials);
COMMENT ON FUNCTION out.wilson_high(double precision, double precision) IS 'Upper bound of Wilson''s 95 % score interval, 1 without trials.';

-- Views go before functions: they lean on them.
DROP FUNCTION IF EXISTS out.corrected_share(bigint[]);
-- The same formulas as etl/agree/prevalence.py; a test holds the two together.
CREATE FUNCTION out.corrected_share(counts bigint[]) RETURNS TABLE (
    answered_count bigint, yes_count bigint, raw_share double precision, raw_low double precision, raw_high double precision,
    label_count bigint, true_yes bigint, false_yes bigint, false_no bigint, true_no bigint, sensitivity double precision,
    specificity double precision, corrected_share double precision, corrected_low double precision, corrected_high double precision,
    rogan_gladen_share double precision, rogan_gladen_low double precision, rogan_gladen_high double precision,
    correction_reason text, rogan_gladen_reason text, design text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CAST(t.size AS bigint) AS answered_count, CAST(t.yes AS bigint) AS yes_count,
       t.yes / nullif(t.size, 0) AS raw_share, out.wilson_low(t.yes, t.size) AS raw_low, out.wilson_high(t.yes, t.size) AS raw_high,
       t.label_count, CAST(t.tp AS bigint) AS true_yes, CAST(t.fp AS bigint) AS false_yes, CAST(t.fn AS bigint) AS false_no, CAST(t.tn AS bigint) AS true_no,
       t.tp / nullif(t.tp + t.fn, 0) AS sensitivity, t.tn / nullif(t.tn + t.fp, 0) AS specificity,
       CASE WHEN t.label_count >= 10 THEN p.value END AS corrected_share,
       CASE WHEN t.label_count >= 10 THEN greatest(0, p.value - p.below) END AS corrected_low,
       CASE WHEN t.label_count >= 10 THEN least(1, p.value + p.above) END AS corrected_high,
       CASE WHEN g.is_defined THEN least(1, greatest(0, (t.yes / t.size + t.tn / (t.tn + t.fp) - 1) / (t.tp / (t.tp + t.fn) + t.tn / (t.tn + t.fp) - 1))) END AS rogan_gladen_share,
       CASE WHEN g.is_defined THEN least(1, greatest(0, g.centre - g.half)) END AS rogan_gladen_low,
       CASE WHEN g.is_defined THEN least(1, greatest(0, g.centre + g.half)) END AS rogan_gladen_high,
       CASE WHEN t.label_count = 0 THEN 'no correction: nobody has labelled a random sample of these papers'
                 || CASE WHEN t.chosen_count > 0 THEN ' (' || t.chosen_count || ' labels of chosen papers cannot stand for the rest)' ELSE '' END
            WHEN t.label_count < 10 THEN 'no correction: ' || t.label_count || ' labelled papers, at least 10 needed' END AS correction_reason,
       CASE WHEN t.tp + t.fn = 0 OR t.tn + t.fp = 0 THEN 'the labels hold only one of yes and no, or none'
            WHEN t.label_count < 10 THEN 'fewer than 10 labelled papers'
            WHEN NOT g.is_defined THEN 'the answers are no better than chance on the labelled papers' END AS rogan_gladen_reason,
       CASE WHEN t.label_count = 0 THEN 'all ' || CAST(t.size AS bigint) || ' papers answered, none labelled'
            ELSE t.label_count || ' of ' || CAST(t.size AS bigint) || ' answered papers labelled, '
                 || CASE WHEN t.random_count = t.label_count THEN 'stated to be a random sample' ELSE 'taken for a random sample, which nobody stated for all of them' END
                 || '; stratified by the answer; 95 % interval' END AS design
FROM (SELECT CAST(counts[1] AS double precision) AS size, CAST(counts[2] AS double precision) AS yes,
             CAST(counts[3] AS double precision) AS tp, CAST(counts[4] AS double precision) AS fp, CAST(counts[5] AS double precision) AS fn,
             CAST(counts[6] AS double precision) AS tn, counts[7] AS chosen_count, counts[8] AS random_count,
             counts[3] + counts[4] + counts[5] + counts[6] AS label_count) t
CROSS JOIN LATERAL (
    SELECT t.yes / nullif(t.size, 0) AS q, CASE WHEN t.tp + t.fp > 0 THEN t.tp / (t.tp + t.fp) ELSE 1 END AS a,
           CASE WHEN t.fn + t.tn > 0 THEN t.fn / (t.fn + t.tn) ELSE 0 END AS b) s
CROSS JOIN LATERAL (
    SELECT s.q * s.a + (1 - s.q) * s.b AS value,
           sqrt((s.q * (s.a - out.wilson_low(t.tp, t.tp + t.fp))) ^ 2 + ((1 - s.q) * (s.b - out.wilson_low(t.fn, t.fn + t.tn))) ^ 2
                + ((s.a - s.b) * CASE WHEN s.a >= s.b THEN s.q - out.wilson_low(t.yes, t.size) ELSE out.wilson_high(t.yes, t.size) - s.q END) ^ 2) AS below,
           sqrt((s.q * (out.wilson_high(t.tp, t.tp + t.fp) - s.a)) ^ 2 + ((1 - s.q) * (out.wilson_high(t.fn, t.fn + t.tn) - s.b)) ^ 2
                + ((s.a - s.b) * CASE WHEN s.a >= s.b THEN out.wilson_high(t.yes, t.size) - s.q ELSE s.q - out.wilson_low(t.yes, t.size) END) ^ 2) AS above) p
CROSS JOIN LATERAL (
    SELECT z.z2, t.size + z.z2 AS n, (t.yes + z.z2 / 2) / (t.size + z.z2) AS raw,
           (t.tp + 1) / (t.tp + t.fn + 2) AS se, (t.tn + 1) / (t.tn + t.fp + 2) AS sp
    FROM (SELECT CAST(1.959963984540054 AS double precision) ^ 2 AS z2) z) e
CROSS JOIN LATERAL (
    SELECT e.se * (1 - e.se) / (t.tp + t.fn + 2) AS v_se, e.sp * (1 - e.sp) / (t.tn + t.fp + 2) AS v_sp, e.se + e.sp - 1 AS youden,
           CASE WHEN e.se + e.sp > 1 THEN least(1, greatest(0, (e.raw + e.sp - 1) / (e.se + e.sp - 1))) END AS shifted) v
CROSS JOIN LATERAL (
    SELECT t.label_count >= 10 AND t.tp + t.fn > 0 AND t.tn + t.fp > 0 AND v.youden > 0
               AND t.tp / nullif(t.tp + t.fn, 0) + t.tn / nullif(t.tn + t.fp, 0) > 1 AS is_defined,
           v.shifted + 2 * e.z2 * (v.shifted * v.v_se - (1 - v.shifted) * v.v_sp) AS centre,
           sqrt(e.z2 * (e.raw * (1 - e.raw) / e.n + v.v_se * v.shifted ^ 2 + v.v_sp * (1 - v.shifted) ^ 2)) / nullif(v.youden, 0) AS half) g
$$;
COMMENT ON FUNCTION out.corrected_share(bigint[]) IS 'Raw and corrected share with 95 % intervals from the counts of out.prevalence_counts, for any grouping of out.prevalence_cells. Grain: one row.';

CREATE OR REPLACE FUNCTION out.count_prevalence(counts bigint[], is_yes boolean, label boolean, sample text) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN is_yes IS NULL THEN counts ELSE ARRAY[
    counts[1] + 1, counts[2] + CAST(is_yes AS integer),
    counts[3] + CAST(is_yes AND label IS TRUE AND sample <> 'chosen' AS integer),
    counts[4] + CAST(is_yes AND label IS FALSE AND sample <> 'chosen' AS integer),
    counts[5] + CAST(NOT is_yes AND label IS TRUE AND sample <> 'chosen' AS integer),
    counts[6] + CAST(NOT is_yes AND label IS FALSE AND sample <> 'chosen' AS integer),
    counts[7] + CAST(label IS NOT NULL AND sample = 'chosen' AS integer),
    counts[8] + CAST(label IS NOT NULL AND sample = 'random' AS integer)] END;
COMMENT ON FUNCTION out.count_prevalence(bigint[], boolean, boolean, text) IS 'Step of prevalence_counts.';

CREATE OR REPLACE AGGREGATE out.prevalence_counts(boolean, boolean, text) (
    SFUNC = "out".count_prevalence, STYPE = bigint[], INITCOND = '{0,0,0,0,0,0,0,0}', PARALLEL = SAFE);
COMMENT ON AGGREGATE out.prevalence_counts(boolean, boolean, text) IS 'Counts is_yes, label and sample of out.prevalence_cells for out.corrected_share: answered, yes, the four pairs of answer and label, labels of chosen and of random samples.';

CREATE VIEW out.prevalence_cells AS
SELECT r.work_id, r.question_id, r.rater_kind, r.rater, r.is_yes, g.is_yes AS label, coalesce(g.sample, 'unstated') AS sample, d.year, d.venue
FROM out.ratings r
LEFT JOIN out.gold g ON g.work_id = r.work_id AND g.question_id = r.question_id
LEFT JOIN core.current_document cd ON cd.work_id = r.work_id
LEFT JOIN core.document d ON d.document_id = cd.document_id
WHERE r.rater_kind IN ('own', 'foreign', 'vote', 'decision') AND r.is_yes IS NOT NULL;
COMMENT ON VIEW out.prevalence_cells IS 'What a corrected share is made of, to be grouped by anything: SELECT g.x, c.* FROM (SELECT x, out.prevalence_counts(is_yes, label, sample) AS counts FROM out.prevalence_cells WHERE question_id = … AND rater_kind = … GROUP BY x) g CROSS JOIN LATERAL out.corrected_share(g.counts) c. Grain: work × question × rater with yes or no.';
COMMENT ON COLUMN out.prevalence_cells.work_id IS 'Key of the work.';
COMMENT ON COLUMN out.prevalence_cells.question_id IS 'The question.';
COMMENT ON COLUMN out.prevalence_cells.rater_kind IS 'decision (as voted), vote, own or foreign: whose answers are counted.';
COMMENT ON COLUMN out.prevalence_cells.rater IS 'Name of the decision, vote or answerer.';
COMMENT ON COLUMN out.prevalence_cells.is_yes IS 'What it says.';
COMMENT ON COLUMN out.prevalence_cells.label IS 'What people say; NULL where unlabelled.';
COMMENT ON COLUMN out.prevalence_cells.sample IS 'random, unstated or chosen: how the cell came to be labelled.';
COMMENT ON COLUMN out.prevalence_cells.year IS 'Year of publication the paper states; NULL where it states none.';
COMMENT ON COLUMN out.prevalence_cells.venue IS 'Journal or conference the paper states; NULL where it states none.';

CREATE VIEW out.prevalence AS
WITH labelled AS NOT MATERIALIZED (
    SELECT work_id, question_id, is_yes AS label, sample FROM out.gold WHERE is_yes IS NOT NULL
), rated AS NOT MATERIALIZED (
    SELECT * FROM out.ratings WHERE rater_kind IN ('own', 'foreign', 'vote', 'decision') AND is_yes IS NOT NULL
), scoped AS NOT MATERIALIZED (
    SELECT r.question_id, r.rater_kind, r.rater, CAST(NULL AS integer) AS year,
           ARRAY[count(*), count(*) FILTER (WHERE r.is_yes),
           count(*) FILTER (WHERE r.is_yes AND g.label AND g.sample <> 'chosen'), count(*) FILTER (WHERE r.is_yes AND NOT g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE NOT r.is_yes AND g.label AND g.sample <> 'chosen'), count(*) FILTER (WHERE NOT r.is_yes AND NOT g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE g.label IS NOT NULL AND g.sample = 'chosen'), count(*) FILTER (WHERE g.label IS NOT NULL AND g.sample = 'random')] AS counts
    FROM rated r
    LEFT JOIN labelled g ON g.work_id = r.work_id AND g.question_id = r.question_id
    GROUP BY r.question_id, r.rater_kind, r.rater
    UNION ALL
    SELECT r.question_id, r.rater_kind, r.rater, d.year,
           ARRAY[count(*), count(*) FILTER (WHERE r.is_yes),
           count(*) FILTER (WHERE r.is_yes AND g.label AND g.sample <> 'chosen'), count(*) FILTER (WHERE r.is_yes AND NOT g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE NOT r.is_yes AND g.label AND g.sample <> 'chosen'), count(*) FILTER (WHERE NOT r.is_yes AND NOT g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE g.label IS NOT NULL AND g.sample = 'chosen'), count(*) FILTER (WHERE g.label IS NOT NULL AND g.sample = 'random')]
    FROM rated r
    JOIN core.current_document cd ON cd.work_id = r.work_id
    JOIN core.document d ON d.document_id = cd.document_id AND d.year IS NOT NULL
    LEFT JOIN labelled g ON g.work_id = r.work_id AND g.question_id = r.question_id
    GROUP BY r.question_id, r.rater_kind, r.rater, d.year
)
SELECT s.question_id, s.rater_kind, s.rater, s.year, c.answered_count, c.yes_count, c.raw_share, c.raw_low, c.raw_high,
       c.label_count, c.true_yes, c.false_yes, c.false_no, c.true_no, c.sensitivity, c.specificity, c.corrected_share, c.corrected_low,
       c.corrected_high, c.rogan_gladen_share, c.rogan_gladen_low, c.rogan_gladen_high, c.correction_reason, c.rogan_gladen_reason, c.design
FROM scoped s
CROSS JOIN LATERAL out.corrected_share(s.counts) c;
COMMENT ON VIEW out.prevalence IS 'How many papers report what a question asks for: as answered, and corrected by a labelled random sample. Grain: question × rater × year (NULL: all years).';
COMMENT ON COLUMN out.prevalence.question_id IS 'The question.';
COMMENT ON COLUMN out.prevalence.rater_kind IS 'decision, vote, own or foreign: whose answers are counted.';
COMMENT ON COLUMN out.prevalence.rater IS 'Name of the decision, vote or answerer.';
COMMENT ON COLUMN out.prevalence.year IS 'Year of publication; NULL for all papers together, known year or not.';
COMMENT ON COLUMN out.prevalence.answered_count IS 'Papers with yes or no.';
COMMENT ON COLUMN out.prevalence.yes_count IS 'Papers with yes.';
COMMENT ON COLUMN out.prevalence.raw_share IS 'Share of yes as answered, 0..1; holds the answerer''s errors.';
COMMENT ON COLUMN out.prevalence.raw_low IS 'Lower bound of Wilson''s 95 % interval of the raw share: chance only, no errors.';
COMMENT ON COLUMN out.prevalence.raw_high IS 'Its upper bound.';
COMMENT ON COLUMN out.prevalence.label_count IS 'Answered papers with a label that was not chosen by hand.';
COMMENT ON COLUMN out.prevalence.true_yes IS 'Labelled yes, answered yes.';
COMMENT ON COLUMN out.prevalence.false_yes IS 'Labelled no, answered yes.';
COMMENT ON COLUMN out.prevalence.false_no IS 'Labelled yes, answered no.';
COMMENT ON COLUMN out.prevalence.true_no IS 'Labelled no, answered no.';
COMMENT ON COLUMN out.prevalence.sensitivity IS 'Share of labelled yes that were answered yes; NULL without any.';
COMMENT ON COLUMN out.prevalence.specificity IS 'Share of labelled no that were answered no; NULL without any.';
COMMENT ON COLUMN out.prevalence.corrected_share IS 'Prediction-powered share, stratified by the answer, 0..1; NULL with fewer than 10 labels.';
COMMENT ON COLUMN out.prevalence.corrected_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN out.prevalence.corrected_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN out.prevalence.rogan_gladen_share IS 'Share by Rogan and Gladen, cut to 0..1; NULL where undefined.';
COMMENT ON COLUMN out.prevalence.rogan_gladen_low IS 'Lower bound of its 95 % interval by Lang and Reiczigel.';
COMMENT ON COLUMN out.prevalence.rogan_gladen_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN out.prevalence.correction_reason IS 'Why there is no corrected share; NULL where there is one.';
COMMENT ON COLUMN out.prevalence.rogan_gladen_reason IS 'Why there is no share by Rogan and Gladen; NULL where there is one.';
COMMENT ON COLUMN out.prevalence.design IS 'What the figures rest on, in words.';

CREATE VIEW out.prevalence_by_venue AS
SELECT g.question_id, g.rater_kind, g.rater, g.venue, c.answered_count, c.yes_count, c.raw_share, c.raw_low, c.raw_high,
       c.label_count, c.true_yes, c.false_yes, c.false_no, c.true_no, c.sensitivity, c.specificity, c.corrected_share, c.corrected_low,
       c.corrected_high, c.rogan_gladen_share, c.rogan_gladen_low, c.rogan_gladen_high, c.correction_reason, c.rogan_gladen_reason, c.design
FROM (SELECT question_id, rater_kind, rater, venue,
           ARRAY[count(*), count(*) FILTER (WHERE is_yes),
           count(*) FILTER (WHERE is_yes AND label AND sample <> 'chosen'), count(*) FILTER (WHERE is_yes AND NOT label AND sample <> 'chosen'),
           count(*) FILTER (WHERE NOT is_yes AND label AND sample <> 'chosen'), count(*) FILTER (WHERE NOT is_yes AND NOT label AND sample <> 'chosen'),
           count(*) FILTER (WHERE label IS NOT NULL AND sample = 'chosen'), count(*) FILTER (WHERE label IS NOT NULL AND sample = 'random')] AS counts
      FROM out.prevalence_cells WHERE venue IS NOT NULL
      GROUP BY question_id, rater_kind, rater, venue) g
CROSS JOIN LATERAL out.corrected_share(g.counts) c;
COMMENT ON VIEW out.prevalence_by_venue IS 'The same as out.prevalence by journal or conference. Grain: question × rater × venue that a paper states.';
COMMENT ON COLUMN out.prevalence_by_venue.venue IS 'Journal or conference.';
COMMENT ON COLUMN out.prevalence_by_venue.question_id IS 'The question.';
COMMENT ON COLUMN out.prevalence_by_venue.rater_kind IS 'decision, vote, own or foreign: whose answers are counted.';
COMMENT ON COLUMN out.prevalence_by_venue.rater IS 'Name of the decision, vote or answerer.';
COMMENT ON COLUMN out.prevalence_by_venue.answered_count IS 'Papers with yes or no.';
COMMENT ON COLUMN out.prevalence_by_venue.yes_count IS 'Papers with yes.';
COMMENT ON COLUMN out.prevalence_by_venue.raw_share IS 'Share of yes as answered, 0..1; holds the answerer''s errors.';
COMMENT ON COLUMN out.prevalence_by_venue.raw_low IS 'Lower bound of Wilson''s 95 % interval of the raw share: chance only, no errors.';
COMMENT ON COLUMN out.prevalence_by_venue.raw_high IS 'Its upper bound.';
COMMENT ON COLUMN out.prevalence_by_venue.label_count IS 'Answered papers with a label that was not chosen by hand.';
COMMENT ON COLUMN out.prevalence_by_venue.true_yes IS 'Labelled yes, answered yes.';
COMMENT ON COLUMN out.prevalence_by_venue.false_yes IS 'Labelled no, answered yes.';
COMMENT ON COLUMN out.prevalence_by_venue.false_no IS 'Labelled yes, answered no.';
COMMENT ON COLUMN out.prevalence_by_venue.true_no IS 'Labelled no, answered no.';
COMMENT ON COLUMN out.prevalence_by_venue.sensitivity IS 'Share of labelled yes that were answered yes; NULL without any.';
COMMENT ON COLUMN out.prevalence_by_venue.specificity IS 'Share of labelled no that were answered no; NULL without any.';
COMMENT ON COLUMN out.prevalence_by_venue.corrected_share IS 'Prediction-powered share, stratified by the answer, 0..1; NULL with fewer than 10 labels.';
COMMENT ON COLUMN out.prevalence_by_venue.corrected_low IS 'Lower bound of its 95 % interval.';
COMMENT ON COLUMN out.prevalence_by_venue.corrected_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN out.prevalence_by_venue.rogan_gladen_share IS 'Share by Rogan and Gladen, cut to 0..1; NULL where undefined.';
COMMENT ON COLUMN out.prevalence_by_venue.rogan_gladen_low IS 'Lower bound of its 95 % interval by Lang and Reiczigel.';
COMMENT ON COLUMN out.prevalence_by_venue.rogan_gladen_high IS 'Upper bound of its 95 % interval.';
COMMENT ON COLUMN out.prevalence_by_venue.correction_reason IS 'Why there is no corrected share; NULL where there is one.';
COMMENT ON COLUMN out.prevalence_by_venue.rogan_gladen_reason IS 'Why there is no share by Rogan and Gladen; NULL where there is one.';
COMMENT ON COLUMN out.prevalence_by_venue.design IS 'What the figures rest on, in words.';
