-- One paper's failed answers can be set aside without all others'.
DROP FUNCTION core.reopen_failed_ballots(text);
CREATE FUNCTION core.reopen_failed_ballots(wanted text, of_work bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved bigint;
BEGIN
    CREATE TEMPORARY TABLE reopening ON COMMIT DROP AS
    SELECT b.document_id, b.question_version_id, b.answerer_id
    FROM core.ballot b
    JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id
    JOIN core.document d ON d.document_id = b.document_id
    WHERE b.state = 'failed' AND (of_work IS NULL OR d.work_id = of_work) AND f.recipe ->> 'kind' = 'llm'
      AND CASE WHEN wanted IS NULL THEN strpos(b.reason, 'unstable:') = 0
               -- A derived question repeats its parent's reason behind the parent's id.
               ELSE b.reason LIKE wanted || ':%' OR b.reason LIKE '%: ' || wanted || ':%' END;
    INSERT INTO core.reopened_ballot (document_id, question_version_id, answerer_id, reason, context_sha256,
        run_id, cast_at, passages, generation)
    SELECT b.document_id, b.question_version_id, b.answerer_id, b.reason, b.context_sha256, b.run_id, b.cast_at,
           coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.passage_rank) FROM core.passage p
                     WHERE (p.document_id, p.question_version_id, p.answerer_id)
                         = (b.document_id, b.question_version_id, b.answerer_id)), '[]'),
           (SELECT to_jsonb(g) FROM core.generation g
            WHERE (g.document_id, g.question_version_id, g.answerer_id)
                = (b.document_id, b.question_version_id, b.answerer_id))
    FROM core.ballot b JOIN pg_temp.reopening r USING (document_id, question_version_id, answerer_id)
    ORDER BY b.document_id, b.question_version_id, b.answerer_id;
    DELETE FROM core.generation g USING pg_temp.reopening r
    WHERE (g.document_id, g.question_version_id, g.answerer_id) = (r.document_id, r.question_version_id, r.answerer_id);
    DELETE FROM core.passage p USING pg_temp.reopening r
    WHERE (p.document_id, p.question_version_id, p.answerer_id) = (r.document_id, r.question_version_id, r.answerer_id);
    DELETE FROM core.ballot b USING pg_temp.reopening r
    WHERE (b.document_id, b.question_version_id, b.answerer_id) = (r.document_id, r.question_version_id, r.answerer_id);
    GET DIAGNOSTICS moved = ROW_COUNT;
    -- The sheet no longer says that all is asked; its count stays, so nothing is decided anew
    -- before the cells are.
    UPDATE ops.answer_sheet s SET asked_md5 = NULL FROM pg_temp.reopening r
    WHERE s.document_id = r.document_id AND s.answerer_id = r.answerer_id;
    DROP TABLE pg_temp.reopening;
    RETURN moved;
END $$;
COMMENT ON FUNCTION core.reopen_failed_ballots(text, bigint) IS 'Sets failed ballots of language models aside, those with one kind of fault or all but the unstable ones (NULL), of one work or of all (NULL), so that the next run asks their cells again; returns how many.';
REVOKE EXECUTE ON FUNCTION core.reopen_failed_ballots(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.reopen_failed_ballots(text, bigint) TO florilegium_writer;
