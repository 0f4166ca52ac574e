-- Runs, claims, failures. Nothing here is a fact about a paper; it may be cleaned.
CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS 'Operations: runs, batches, claims with leases, outcomes and failures.';

CREATE TABLE ops.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('night', 'adhoc', 'cli')),
    trigger text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'abandoned')),
    holder text NOT NULL CHECK (holder IN ('session', 'lease')),
    lease_until timestamptz NOT NULL,
    papers text,
    work_ids bigint[],
    question_ids text[],
    note text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    maximum integer CHECK (maximum >= 1),
    is_walked boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX run_running_key ON ops.run ((true)) WHERE state = 'running';
COMMENT ON TABLE ops.run IS 'One night, ad-hoc question or command-line run. Grain: one run; at most one is running.';
COMMENT ON COLUMN ops.run.run_id IS 'Counts up.';
COMMENT ON COLUMN ops.run.kind IS 'night, adhoc or cli.';
COMMENT ON COLUMN ops.run.trigger IS 'What began it: an Airflow run id or a command.';
COMMENT ON COLUMN ops.run.state IS 'running, then done, failed or abandoned (its holder is gone).';
COMMENT ON COLUMN ops.run.holder IS 'session: alive while the advisory lock is held; lease: alive until lease_until.';
COMMENT ON COLUMN ops.run.lease_until IS 'By the database clock; renewed while work goes on.';
COMMENT ON COLUMN ops.run.papers IS 'Folder the run fetches from; NULL when it fetches none.';
COMMENT ON COLUMN ops.run.work_ids IS 'Works an ad-hoc run is confined to; NULL for all.';
COMMENT ON COLUMN ops.run.question_ids IS 'Questions an ad-hoc run is confined to; NULL for all.';
COMMENT ON COLUMN ops.run.note IS 'How it ended, in words.';
COMMENT ON COLUMN ops.run.started_at IS 'By the database clock.';
COMMENT ON COLUMN ops.run.ended_at IS 'NULL while running.';
COMMENT ON COLUMN ops.run.maximum IS 'Most papers whose bytes it takes; the next run goes on there. NULL for all.';
COMMENT ON COLUMN ops.run.is_walked IS 'True where the sources of its corpus were walked over before it was opened.';

CREATE TABLE ops.active_fingerprint (
    stage text NOT NULL,
    scope text NOT NULL,
    fingerprint_id bigint NOT NULL REFERENCES core.fingerprint,
    PRIMARY KEY (stage, scope)
);
COMMENT ON TABLE ops.active_fingerprint IS 'The recipes in force: what is due is what these have not done yet. Grain: stage × scope.';
COMMENT ON COLUMN ops.active_fingerprint.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.active_fingerprint.scope IS 'Media type for parse, answerer name for answer, empty otherwise.';
COMMENT ON COLUMN ops.active_fingerprint.fingerprint_id IS 'The recipe in force.';

CREATE TABLE ops.sighting (
    sighting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES ops.run,
    source text NOT NULL,
    locator text NOT NULL,
    etag text NOT NULL,
    outcome text NOT NULL DEFAULT 'found' CHECK (outcome IN ('found', 'new', 'known', 'duplicate', 'excluded', 'failed')),
    full_text_id bigint REFERENCES core.full_text,
    code text,
    detail text,
    final_outcome text CHECK (final_outcome IN ('answered', 'duplicate', 'excluded', 'failed')),
    final_code text,
    CONSTRAINT sighting_run_place_key UNIQUE (run_id, source, locator)
);
CREATE INDEX sighting_full_text_id_idx ON ops.sighting (full_text_id);
COMMENT ON TABLE ops.sighting IS 'fetch: what a run found at its source and how each ended. Grain: run × place.';
COMMENT ON COLUMN ops.sighting.sighting_id IS 'Counts up.';
COMMENT ON COLUMN ops.sighting.run_id IS 'The run.';
COMMENT ON COLUMN ops.sighting.source IS 'Key of the source.';
COMMENT ON COLUMN ops.sighting.locator IS 'Place within the source. Untrusted text.';
COMMENT ON COLUMN ops.sighting.etag IS 'As the source gave it.';
COMMENT ON COLUMN ops.sighting.outcome IS 'How fetch ended: found (not yet looked at), new, known, duplicate, excluded or failed.';
COMMENT ON COLUMN ops.sighting.full_text_id IS 'The content; NULL where no bytes could be taken.';
COMMENT ON COLUMN ops.sighting.code IS 'Outcome code of fetch; NULL for new and known.';
COMMENT ON COLUMN ops.sighting.detail IS 'What happened, in words.';
COMMENT ON COLUMN ops.sighting.final_outcome IS 'How the paper ended this run; NULL while the run goes on or was stopped.';
COMMENT ON COLUMN ops.sighting.final_code IS 'Outcome code of an excluded or failed paper.';

CREATE TABLE ops.batch (
    batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES ops.run,
    stage text NOT NULL,
    subject_ids bigint[] NOT NULL,
    recipe_ids bigint[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX batch_run_id_idx ON ops.batch (run_id, stage);
COMMENT ON TABLE ops.batch IS 'A handful of papers that one mapped task works on. Grain: one batch of one stage of one run.';
COMMENT ON COLUMN ops.batch.batch_id IS 'Counts up; the only thing that travels through Airflow.';
COMMENT ON COLUMN ops.batch.run_id IS 'The run.';
COMMENT ON COLUMN ops.batch.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.batch.subject_ids IS 'What to work on: sightings, full texts, documents or works, by stage.';
COMMENT ON COLUMN ops.batch.recipe_ids IS 'By which recipe, pairwise with subject_ids.';
COMMENT ON COLUMN ops.batch.created_at IS 'By the database clock.';

CREATE TABLE ops.item (
    stage text NOT NULL,
    subject_id bigint NOT NULL,
    recipe_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('todo', 'leased', 'done', 'excluded', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    crash_count integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    run_id bigint NOT NULL REFERENCES ops.run,
    code text,
    detail text,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stage, subject_id, recipe_id)
);
CREATE INDEX item_failed_idx ON ops.item (stage, state) WHERE state IN ('failed', 'excluded', 'leased');
COMMENT ON TABLE ops.item IS 'A claim on one paper''s work at one stage. Grain: stage × subject × recipe. A write lands only if its attempt is still the newest.';
COMMENT ON COLUMN ops.item.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.item.subject_id IS 'Sighting, full text, document or work, by stage.';
COMMENT ON COLUMN ops.item.recipe_id IS 'Fingerprint, or 0 where the stage has none; chunker # space for embed.';
COMMENT ON COLUMN ops.item.state IS 'todo → leased → done, excluded or failed; leased → todo when the work was interrupted.';
COMMENT ON COLUMN ops.item.attempt IS 'Raised by every claim; the fencing token.';
COMMENT ON COLUMN ops.item.crash_count IS 'Claims taken over from a holder that died; too many end the paper as failed.';
COMMENT ON COLUMN ops.item.lease_until IS 'By the database clock; a lease of a run that is not running counts for nothing.';
COMMENT ON COLUMN ops.item.run_id IS 'The run that touched it last.';
COMMENT ON COLUMN ops.item.code IS 'Outcome code of an excluded or failed item.';
COMMENT ON COLUMN ops.item.detail IS 'What happened, in words.';
COMMENT ON COLUMN ops.item.changed_at IS 'By the database clock.';

CREATE TABLE ops.failure (
    failure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES ops.run,
    stage text NOT NULL,
    subject_id bigint NOT NULL,
    work_id bigint REFERENCES core.work,
    locator text NOT NULL,
    attempt integer NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    next_step text NOT NULL,
    is_exclusion boolean NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX failure_run_id_idx ON ops.failure (run_id);
CREATE INDEX failure_locator_idx ON ops.failure (locator) WHERE stage = 'fetch';
COMMENT ON TABLE ops.failure IS 'Every paper that did not pass a stage, with the reason. Grain: one ended attempt.';
COMMENT ON COLUMN ops.failure.failure_id IS 'Counts up.';
COMMENT ON COLUMN ops.failure.run_id IS 'The run.';
COMMENT ON COLUMN ops.failure.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.failure.subject_id IS 'Sighting, full text, document or work, by stage.';
COMMENT ON COLUMN ops.failure.work_id IS 'The work; NULL where no bytes could be taken.';
COMMENT ON COLUMN ops.failure.locator IS 'Name people know the paper by. Untrusted text.';
COMMENT ON COLUMN ops.failure.attempt IS 'Which attempt.';
COMMENT ON COLUMN ops.failure.code IS 'Outcome code.';
COMMENT ON COLUMN ops.failure.detail IS 'What happened, in words.';
COMMENT ON COLUMN ops.failure.next_step IS 'What to do about it.';
COMMENT ON COLUMN ops.failure.is_exclusion IS 'True where the paper was read and set aside, False where the work failed.';
COMMENT ON COLUMN ops.failure.failed_at IS 'By the database clock.';

CREATE TABLE ops.run_stage (
    run_id bigint NOT NULL REFERENCES ops.run,
    stage text NOT NULL,
    in_count bigint NOT NULL,
    done_count bigint NOT NULL,
    excluded_count bigint NOT NULL,
    failed_count bigint NOT NULL,
    open_count bigint NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, stage),
    CONSTRAINT run_stage_balance_check CHECK (in_count = done_count + excluded_count + failed_count + open_count)
);
COMMENT ON TABLE ops.run_stage IS 'What went into a stage and how it ended. Grain: run × stage; in = done + excluded + failed + open, always.';
COMMENT ON COLUMN ops.run_stage.run_id IS 'The run.';
COMMENT ON COLUMN ops.run_stage.stage IS 'Step of the journey.';
COMMENT ON COLUMN ops.run_stage.in_count IS 'Items planned.';
COMMENT ON COLUMN ops.run_stage.done_count IS 'Items done.';
COMMENT ON COLUMN ops.run_stage.excluded_count IS 'Items set aside with a reason.';
COMMENT ON COLUMN ops.run_stage.failed_count IS 'Items failed with a reason.';
COMMENT ON COLUMN ops.run_stage.open_count IS 'Items left open by an interruption; the next run takes them up.';
COMMENT ON COLUMN ops.run_stage.settled_at IS 'By the database clock.';

CREATE TABLE ops.answer_sheet (
    document_id bigint NOT NULL REFERENCES core.document,
    answerer_id bigint NOT NULL REFERENCES core.fingerprint,
    asked_md5 text,
    ballot_count integer NOT NULL,
    PRIMARY KEY (document_id, answerer_id)
);
COMMENT ON TABLE ops.answer_sheet IS 'Sums up the ballots of a paper, so that a night with nothing to do need not look at each. Written with them; made anew when deleted. Grain: document × answerer.';
COMMENT ON COLUMN ops.answer_sheet.document_id IS 'The document.';
COMMENT ON COLUMN ops.answer_sheet.answerer_id IS 'Fingerprint of the answerer.';
COMMENT ON COLUMN ops.answer_sheet.asked_md5 IS 'Hash of the question versions in force when none of them was left to ask; NULL while some are.';
COMMENT ON COLUMN ops.answer_sheet.ballot_count IS 'Ballots of this answerer, of all question versions.';

CREATE TABLE ops.decision_sheet (
    work_id bigint PRIMARY KEY REFERENCES core.work,
    input_md5 text NOT NULL
);
COMMENT ON TABLE ops.decision_sheet IS 'What a work''s standing decisions rest on. Written with them; made anew when deleted. Grain: one work.';
COMMENT ON COLUMN ops.decision_sheet.work_id IS 'The work.';
COMMENT ON COLUMN ops.decision_sheet.input_md5 IS 'As in ops.decision_key when it was decided.';
