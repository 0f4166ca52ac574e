-- name: report_run
-- The run asked for, or the newest one that has ended.
SELECT f.run_id, f.kind, f.state, f.started_at, r.ended_at, r.trigger, coalesce(r.note, '') AS note,
       EXTRACT(epoch FROM r.ended_at - r.started_at) AS seconds,
       f.found, f.duplicate, f.excluded, f.failed, f.answered, f.open
FROM out.flow f JOIN ops.run r USING (run_id)
WHERE CASE WHEN CAST(:run_id AS bigint) IS NULL THEN r.ended_at IS NOT NULL ELSE f.run_id = :run_id END
ORDER BY f.run_id DESC LIMIT 1;

-- name: report_run_before
-- The last run of the same kind that ended before this one began.
SELECT b.run_id FROM ops.run r JOIN ops.run b ON b.kind = r.kind AND b.run_id < r.run_id AND b.state = 'done'
WHERE r.run_id = :run_id ORDER BY b.run_id DESC LIMIT 1;

-- name: report_release
-- What analysts saw when the run ended; is_own where the run itself published it.
SELECT rel.release_id, rel.run_id = r.run_id AS is_own, rel.changed_count, rel.decision_count, rel.published_at
FROM ops.run r JOIN core.release rel ON rel.published_at <= coalesce(r.ended_at, clock_timestamp())
WHERE r.run_id = :run_id ORDER BY rel.release_id DESC LIMIT 1;

-- name: report_new_papers
SELECT s.locator AS paper, coalesce(d.title, '') AS title, d.doi, d.year, coalesce(s.final_outcome, 'open') AS outcome,
       coalesce(s.final_code, '') AS code
FROM ops.sighting s
LEFT JOIN core.full_text ft USING (full_text_id)
LEFT JOIN core.current_document cd USING (work_id)
LEFT JOIN core.document d USING (document_id)
WHERE s.run_id = :run_id AND s.outcome = 'new'
ORDER BY s.locator LIMIT :row_limit;

-- name: report_new_count
SELECT count(*) AS new_count FROM ops.sighting WHERE run_id = :run_id AND outcome = 'new';

-- name: report_stages
-- Wall time from the end of the stage before (or the start of the run) to the end of this one.
SELECT rs.stage, rs.in_count, rs.done_count, rs.excluded_count, rs.failed_count, rs.open_count,
       EXTRACT(epoch FROM rs.settled_at - coalesce(lag(rs.settled_at) OVER (ORDER BY rs.settled_at), r.started_at)) AS seconds
FROM ops.run_stage rs JOIN ops.run r USING (run_id)
WHERE rs.run_id = :run_id ORDER BY rs.settled_at;

-- name: report_states
SELECT question_id, question_key, state, count(*) AS answer_count
FROM out.answers_of_release(:release_id) GROUP BY question_id, question_key, state
ORDER BY question_id, question_key, state;

-- name: report_change_counts
SELECT cause, coalesce(old_state, 'none') AS old_state, coalesce(new_state, 'none') AS new_state, count(*) AS change_count
FROM out.changes WHERE release_id = :release_id
GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 2, 3;

-- name: report_changes
-- New papers change every question at once and are listed as papers; here is what changed in known ones.
SELECT paper, question_id, cause, old_state, old_value, new_state, new_value
FROM out.changes WHERE release_id = :release_id AND cause <> 'new_paper'
ORDER BY paper, work_id, question_id LIMIT :row_limit;

-- name: report_failures
SELECT stage, paper, code, detail, next_step, is_exclusion, attempt FROM out.failures
WHERE run_id = :run_id ORDER BY is_exclusion, code, paper, stage LIMIT :row_limit;

-- name: report_failure_counts
SELECT stage, code, is_exclusion, count(*) AS failure_count FROM out.failures
WHERE run_id = :run_id GROUP BY stage, code, is_exclusion ORDER BY count(*) DESC, stage, code;

-- name: report_agreement
-- As of now: who agrees with whom over all questions, the decisions with people first.
SELECT kind_a, rater_a, kind_b, rater_b, label_count, raw_agreement, cohen_kappa, gwet_ac1, krippendorff_alpha, undefined_reason
FROM out.agreement WHERE question_id IS NULL AND about_answerer IS NULL AND label_count > 0
ORDER BY kind_a <> 'decision', kind_b <> 'gold', kind_a, rater_a, kind_b, rater_b LIMIT :row_limit;

-- name: report_drift
-- Share of yes among what this run asked, beside all runs before it: equal question, equal answerer, so what differs is
-- the papers or the model behind the name. z of two proportions (pooled); NULL where it is not defined.
WITH tally AS (
    SELECT answerer_id, question_version_id, count(*) FILTER (WHERE run_id = :run_id) AS now_count,
           count(*) FILTER (WHERE run_id = :run_id AND state = 'answered') AS now_yes,
           count(*) FILTER (WHERE run_id < :run_id) AS then_count,
           count(*) FILTER (WHERE run_id < :run_id AND state = 'answered') AS then_yes
    FROM core.ballot WHERE carried_from IS NULL AND state IN ('answered', 'not_reported') AND run_id <= :run_id
    GROUP BY answerer_id, question_version_id
)
SELECT f.name AS answerer, qv.question_id, qv.key AS question_key, t.now_count, t.then_count, s.now_share, s.then_share, d.z
FROM tally t
JOIN core.fingerprint f ON f.fingerprint_id = t.answerer_id
JOIN core.question_version qv USING (question_version_id)
CROSS JOIN LATERAL (
    SELECT CAST(t.now_yes AS double precision) / t.now_count AS now_share,
           CAST(t.then_yes AS double precision) / t.then_count AS then_share,
           CAST(t.now_yes + t.then_yes AS double precision) / (t.now_count + t.then_count) AS pooled) s
CROSS JOIN LATERAL (
    SELECT (s.now_share - s.then_share)
           / nullif(sqrt(s.pooled * (1 - s.pooled) * (1.0 / t.now_count + 1.0 / t.then_count)), 0) AS z) d
WHERE t.now_count > 0 AND t.then_count > 0
ORDER BY abs(d.z) DESC NULLS LAST, f.name, qv.question_id;

-- name: report_review
-- As of now: what people are asked to look at; doubtful is a probability between 0.1 and 0.9.
SELECT task, count(*) AS cell_count, count(DISTINCT work_id) AS paper_count,
       count(*) FILTER (WHERE probability BETWEEN 0.1 AND 0.9) AS doubtful_count, sum(information) AS information
FROM out.review_queue GROUP BY task ORDER BY task;

-- name: report_spend
-- What language models took in a run; energy is NULL where that of any answer is not known, with a reason.
SELECT g.model, count(*) AS cell_count, sum(g.call_count) AS call_count, sum(g.prompt_tokens) AS prompt_tokens,
       sum(g.cached_tokens) AS cached_tokens, sum(g.completion_tokens) AS completion_tokens,
       sum(CAST(g.latency_seconds AS double precision)) AS wait_seconds,
       CASE WHEN bool_and(g.energy_joules IS NOT NULL) THEN sum(CAST(g.energy_joules AS double precision)) END AS energy_joules,
       min(g.energy_reason) AS energy_reason
FROM core.ballot b
JOIN core.generation g USING (document_id, question_version_id, answerer_id)
WHERE b.run_id = :run_id AND b.carried_from IS NULL
GROUP BY g.model ORDER BY g.model;
