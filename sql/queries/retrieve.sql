-- name: search_document
-- All questions of one paper in one statement: exact vector scan and full text, fused by
-- reciprocal rank (Cormack, Clarke, Buettcher, SIGIR 2009), weighted by section prior.
-- Ranks count the chunks whose section the question allows; ties go to the earlier chunk.
WITH question AS MATERIALIZED (
    -- Materialised: its casts would be done again for every chunk, at ten times the whole cost.
    SELECT u.question_index, u.vector::vector::halfvec AS vector, to_tsquery('english', u.terms) AS terms,
           CAST(u.prior AS jsonb) AS prior
    FROM unnest(CAST(:vectors AS text[]), CAST(:terms AS text[]), CAST(:priors AS text[]))
         WITH ORDINALITY AS u(vector, terms, prior, question_index)
), passage AS MATERIALIZED (
    SELECT c.chunk_index, c.words, e.vector, s.kind
    FROM core.embedding e
    JOIN core.chunk c USING (chunk_set_id, chunk_index)
    JOIN core.chunk_set cs USING (chunk_set_id)
    JOIN core.section s ON s.document_id = cs.document_id AND s.section_index = c.section_index
    WHERE e.chunk_set_id = :chunk_set_id AND e.space_id = :space_id
      AND s.zone NOT IN ('references', 'noise', 'hidden')
), scored AS (
    SELECT q.question_index, p.chunk_index,
           1 - (p.vector <=> q.vector) AS cosine,
           CASE WHEN p.words @@ q.terms THEN ts_rank(p.words, q.terms) END AS text_score,
           coalesce(CAST(q.prior ->> p.kind AS real), 1) AS prior
    FROM question q CROSS JOIN passage p
), ranked AS (
    SELECT question_index, chunk_index, cosine, prior, text_score IS NOT NULL AS is_text_hit,
           rank() OVER (PARTITION BY question_index ORDER BY cosine DESC) AS vector_rank,
           rank() OVER (PARTITION BY question_index ORDER BY text_score DESC NULLS LAST) AS text_rank
    FROM scored WHERE prior > 0
), fused AS (
    SELECT question_index, chunk_index, cosine, is_text_hit,
           prior * (1.0 / (:constant + vector_rank)
                    + CASE WHEN is_text_hit THEN 1.0 / (:constant + text_rank) ELSE 0 END) AS score
    FROM ranked
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY question_index ORDER BY score DESC, chunk_index) AS passage_rank
    FROM fused
)
SELECT question_index, passage_rank, chunk_index, score, cosine, is_text_hit
FROM numbered WHERE passage_rank <= :k
ORDER BY question_index, passage_rank;
