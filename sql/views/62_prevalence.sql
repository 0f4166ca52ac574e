CREATE OR REPLACE FUNCTION out.wilson_low(successes double precision, trials double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN trials > 0 THEN greatest(0, (successes / trials + z * z / (2 * trials)
        - z * sqrt(successes / trials * (1 - successes / trials) / trials + z * z / (4 * trials * trials))) / (1 + z * z / trials)) ELSE 0 END
    FROM (SELECT CAST(1.959963984540054 AS double precision) AS z) c
$$;
COMMENT ON FUNCTION out.wilson_low(double precision, double precision) IS 'Lower bound of Wilson''s 95 % score interval, 0 without trials.';
CREATE OR REPLACE FUNCTION out.wilson_high(successes double precision, trials double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1 - out.wilson_low(trials - successes, trials);
COMMENT ON FUNCTION out.wilson_high(double precision, double precision) IS 'Upper bound of Wilson''s 95 % score interval, 1 without trials.';

-- The same formulas as etl/agree/prevalence.py; a test holds the two together.
CREATE VIEW out.prevalence AS
WITH labelled AS NOT MATERIALIZED (
    SELECT work_id, question_id, is_yes AS label, sample FROM out.gold WHERE is_yes IS NOT NULL
), rated AS NOT MATERIALIZED (
    SELECT * FROM out.ratings WHERE rater_kind IN ('own', 'foreign', 'vote', 'decision') AND is_yes IS NOT NULL
), scoped AS NOT MATERIALIZED (
    SELECT r.question_id, r.rater_kind, r.rater, CAST(NULL AS integer) AS year, count(*) AS answered_count, count(*) FILTER (WHERE r.is_yes) AS yes_count,
           count(*) FILTER (WHERE r.is_yes AND g.label AND g.sample <> 'chosen') AS tp,
           count(*) FILTER (WHERE r.is_yes AND NOT g.label AND g.sample <> 'chosen') AS fp,
           count(*) FILTER (WHERE NOT r.is_yes AND g.label AND g.sample <> 'chosen') AS fn,
           count(*) FILTER (WHERE NOT r.is_yes AND NOT g.label AND g.sample <> 'chosen') AS tn,
           count(*) FILTER (WHERE g.sample = 'chosen') AS chosen_count, count(*) FILTER (WHERE g.sample = 'random') AS random_count
    FROM rated r
    LEFT JOIN labelled g ON g.work_id = r.work_id AND g.question_id = r.question_id
    GROUP BY r.question_id, r.rater_kind, r.rater
    UNION ALL
    SELECT r.question_id, r.rater_kind, r.rater, d.year, count(*), count(*) FILTER (WHERE r.is_yes),
           count(*) FILTER (WHERE r.is_yes AND g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE r.is_yes AND NOT g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE NOT r.is_yes AND g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE NOT r.is_yes AND NOT g.label AND g.sample <> 'chosen'),
           count(*) FILTER (WHERE g.sample = 'chosen'), count(*) FILTER (WHERE g.sample = 'random')
    FROM rated r
    JOIN core.current_document cd ON cd.work_id = r.work_id
    JOIN core.document d ON d.document_id = cd.document_id AND d.year IS NOT NULL
    LEFT JOIN labelled g ON g.work_id = r.work_id AND g.question_id = r.question_id
    GROUP BY r.question_id, r.rater_kind, r.rater, d.year
), typed AS (
    SELECT question_id, rater_kind, rater, year, CAST(answered_count AS double precision) AS size, CAST(yes_count AS double precision) AS yes,
           CAST(tp AS double precision) AS tp, CAST(fp AS double precision) AS fp, CAST(fn AS double precision) AS fn,
           CAST(tn AS double precision) AS tn, CAST(chosen_count AS bigint) AS chosen_count, CAST(random_count AS bigint) AS random_count,
           CAST(tp + fp + fn + tn AS bigint) AS label_count
    FROM scoped
)
SELECT t.question_id, t.rater_kind, t.rater, t.year, CAST(t.size AS bigint) AS answered_count, CAST(t.yes AS bigint) AS yes_count,
       t.yes / t.size AS raw_share, out.wilson_low(t.yes, t.size) AS raw_low, out.wilson_high(t.yes, t.size) AS raw_high,
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
FROM typed t
CROSS JOIN LATERAL (
    SELECT t.yes / t.size AS q, CASE WHEN t.tp + t.fp > 0 THEN t.tp / (t.tp + t.fp) ELSE 1 END AS a,
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
           sqrt(e.z2 * (e.raw * (1 - e.raw) / e.n + v.v_se * v.shifted ^ 2 + v.v_sp * (1 - v.shifted) ^ 2)) / nullif(v.youden, 0) AS half) g;
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
