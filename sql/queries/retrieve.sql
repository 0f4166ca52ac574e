-- name: search_document
-- All questions of one paper in one statement: exact vector scan and weighed words, fused by
-- reciprocal rank (Cormack, Clarke, Buettcher, SIGIR 2009), weighted by section prior.
-- Ranks count the chunks whose section the question allows; ties go to the earlier chunk.
WITH question AS MATERIALIZED (
    -- Materialised: its casts would be done again for every chunk, at ten times the whole cost.
    SELECT u.question_index, CAST(u.vector AS halfvec) AS vector, CAST(u.words AS sparsevec) AS words,
           CAST(u.prior AS jsonb) AS prior
    FROM unnest(CAST(:vectors AS text[]), CAST(:words AS text[]), CAST(:priors AS text[]))
         WITH ORDINALITY AS u(vector, words, prior, question_index)
), embedded AS MATERIALIZED (
    -- Materialised: else a planner without statistics looks up each vector alone, three pages for one.
    SELECT chunk_index, vector FROM core.embedding WHERE chunk_set_id = :chunk_set_id AND space_id = :space_id
), passage AS MATERIALIZED (
    -- What stands in references, noise or hidden text has no weighed words, so it is never found.
    SELECT w.chunk_index, w.section_kind, w.weights, e.vector
    FROM core.chunk_words w JOIN embedded e USING (chunk_index)
    WHERE w.chunk_set_id = :chunk_set_id
), allowed AS MATERIALIZED (
    SELECT q.question_index, q.vector, q.words, k.section_kind,
           coalesce(CAST(q.prior ->> k.section_kind AS double precision), 1) AS prior
    FROM question q CROSS JOIN (SELECT DISTINCT section_kind FROM passage) k
), scored AS MATERIALIZED (
    -- Materialised: else vectors and words would travel through every sort below.
    SELECT a.question_index, p.chunk_index, a.prior, 1 - (p.vector <=> a.vector) AS cosine,
           nullif(-(p.weights <#> a.words), 0) AS text_score
    FROM allowed a JOIN passage p USING (section_kind)
    WHERE a.prior > 0
), ranked AS (
    SELECT question_index, chunk_index, cosine, prior, text_score IS NOT NULL AS is_text_hit,
           rank() OVER (PARTITION BY question_index ORDER BY cosine DESC) AS vector_rank,
           rank() OVER (PARTITION BY question_index ORDER BY text_score DESC NULLS LAST) AS text_rank
    FROM scored
), fused AS (
    SELECT question_index, chunk_index, cosine, is_text_hit,
           prior * (CAST(1 AS double precision) / (:constant + vector_rank)
                    + CASE WHEN is_text_hit THEN CAST(1 AS double precision) / (:constant + text_rank) ELSE 0 END) AS score
    FROM ranked
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY question_index ORDER BY score DESC, chunk_index) AS passage_rank
    FROM fused
)
SELECT question_index, passage_rank, chunk_index, score, cosine, is_text_hit
FROM numbered WHERE passage_rank <= :k
ORDER BY question_index, passage_rank;

-- name: place_words
-- The words of each question, one a line, as a vector of ones at the places of their lexemes. Of
-- a compound only the whole: its parts would find what the question does not ask for.
SELECT '{' || coalesce(string_agg(DISTINCT core.word_place(w.lexeme) || ': 1', ','), '') || '}/268435456' AS words
FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS u(words, place)
LEFT JOIN LATERAL string_to_table(u.words, E'\n') AS t(word) ON true
LEFT JOIN LATERAL (
    SELECT l.lexeme FROM unnest(to_tsvector('english', t.word)) l ORDER BY l.positions[1] LIMIT 1
) w ON true
GROUP BY u.place ORDER BY u.place;

-- name: count_candidates
-- Counts no further than the limit: beyond it only "more" matters.
SELECT count(*) AS candidate_count FROM (
    SELECT FROM core.candidate_chunk(:paper, :venue, :from_year, :to_year, :sections, :words) c
    JOIN core.embedding e USING (chunk_set_id, chunk_index)
    WHERE e.space_id = :space_id LIMIT :count_limit
) counted;

-- name: search_exact
-- Materialised: an index scan would look at a fixed number of neighbours and then filter them away.
WITH candidate AS MATERIALIZED (
    SELECT c.work_id, c.document_id, c.chunk_set_id, c.chunk_index, e.vector
    FROM core.candidate_chunk(:paper, :venue, :from_year, :to_year, :sections, :words) c
    JOIN core.embedding e USING (chunk_set_id, chunk_index)
    WHERE e.space_id = :space_id
)
SELECT chunk_set_id, chunk_index, vector <=> CAST(CAST(:vector AS text) AS halfvec) AS distance
FROM candidate ORDER BY distance, chunk_set_id, chunk_index LIMIT :k;

-- name: search_index
SELECT chunk_set_id, chunk_index, distance
FROM core.nearest_chunk(:space_id, :dimension, :vector, :k, :paper, :venue, :from_year, :to_year, :sections, :words)
ORDER BY distance, chunk_set_id, chunk_index;

-- name: widen_scan
-- Filters make the index hand out neighbours until enough of them pass (pgvector 0.8).
SELECT set_config('hnsw.ef_search', CAST(:ef AS text), true),
       set_config('hnsw.iterative_scan', 'relaxed_order', true),
       set_config('hnsw.max_scan_tuples', CAST(:most AS text), true);

-- name: has_search_index
SELECT EXISTS (
    SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = CAST('core.embedding' AS regclass) AND i.indisvalid
      AND c.relname = 'embedding_search_' || to_hex(CAST(:space_id AS bigint))
) AS is_built;

-- name: build_search_index
SELECT core.build_search_index(:space_id) AS index_name;

-- name: found_chunks
-- The texts of found chunks, with where they stand.
SELECT c.chunk_set_id, c.chunk_index, c.text, cs.document_id, d.work_id, w.name AS paper, d.title, d.year, d.venue,
       s.kind, array_to_string(s.path, ' > ') AS section, CAST(sn.regions[1][1] AS integer) AS page, c.is_suspect
FROM unnest(CAST(:chunk_set_ids AS bigint[]), CAST(:chunk_indexes AS integer[]))
     WITH ORDINALITY AS f(chunk_set_id, chunk_index, place)
JOIN core.chunk c USING (chunk_set_id, chunk_index)
JOIN core.chunk_set cs USING (chunk_set_id)
JOIN core.document d USING (document_id)
JOIN core.work w USING (work_id)
JOIN core.section s ON s.document_id = cs.document_id AND s.section_index = c.section_index
JOIN core.sentence sn ON sn.document_id = cs.document_id AND sn.sentence_index = c.first_sentence
ORDER BY f.place;
