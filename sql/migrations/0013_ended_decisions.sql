-- What a release ended is found by work and question: with the release alone, each change was compared with every
-- decision that ended with it.
DROP INDEX core.decision_to_release_idx;
CREATE INDEX decision_to_release_idx ON core.decision (to_release, work_id, question_id) WHERE to_release IS NOT NULL;
