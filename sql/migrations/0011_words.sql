-- Words weighed once, when a chunk is written: retrieval multiplies them instead of ranking texts.
CREATE FUNCTION core.word_place(p_lexeme text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
-- md5 and not the server's own hashes: those may change between versions, the places are kept.
RETURN CAST(CAST('x' || left(md5(p_lexeme), 7) AS bit(28)) AS integer) + 1;
COMMENT ON FUNCTION core.word_place IS 'Where a lexeme stands in a vector of 2^28 words. Grain: one lexeme. Two lexemes share a place once in 268 million.';

CREATE TABLE core.chunk_words (
    chunk_set_id bigint NOT NULL,
    chunk_index integer NOT NULL,
    section_kind text NOT NULL,
    weights sparsevec NOT NULL,
    PRIMARY KEY (chunk_set_id, chunk_index),
    FOREIGN KEY (chunk_set_id, chunk_index) REFERENCES core.chunk
);
COMMENT ON TABLE core.chunk_words IS 'embed: the weighed words of a chunk that questions may see; none of references, noise or hidden text. Grain: one chunk of one chunk set. Narrow on purpose, as core.embedding.';
COMMENT ON COLUMN core.chunk_words.chunk_set_id IS 'The chunk set.';
COMMENT ON COLUMN core.chunk_words.chunk_index IS 'The chunk.';
COMMENT ON COLUMN core.chunk_words.section_kind IS 'Kind of the section it stands in, as in core.section.';
COMMENT ON COLUMN core.chunk_words.weights IS 'BM25 of each lexeme within the document, at the place that core.word_place gives it; its inner product with the words of a question is the score of the word search.';

CREATE FUNCTION core.weigh_words(p_chunk_set_id bigint) RETURNS void
LANGUAGE sql
-- BM25 as in the memory index: k1 = 1.2, b = 0.75 (Robertson, Zaragoza, FnTIR 2009).
BEGIN ATOMIC
    INSERT INTO core.chunk_words (chunk_set_id, chunk_index, section_kind, weights)
    WITH readable AS MATERIALIZED (
        SELECT c.chunk_index, s.kind, c.words || to_tsvector('english', coalesce(s.path[cardinality(s.path)], '')) AS words
        FROM core.chunk_set cs
        JOIN core.chunk c USING (chunk_set_id)
        JOIN core.section s ON s.document_id = cs.document_id AND s.section_index = c.section_index
        WHERE cs.chunk_set_id = p_chunk_set_id AND s.zone NOT IN ('references', 'noise', 'hidden')
    ), found AS MATERIALIZED (
        SELECT r.chunk_index, w.lexeme, CAST(cardinality(w.positions) AS double precision) AS times
        FROM readable r CROSS JOIN unnest(r.words) w
    ), known AS (
        SELECT f.lexeme, core.word_place(f.lexeme) AS place,
               ln(1 + (max(n.chunks) - count(*) + 0.5) / (count(*) + 0.5)) AS idf
        FROM found f CROSS JOIN (SELECT CAST(count(*) AS double precision) AS chunks FROM readable) n
        GROUP BY f.lexeme
    ), sized AS (
        SELECT f.chunk_index, 1.2 * (0.25 + 0.75 * sum(f.times) / (sum(sum(f.times)) OVER () / (SELECT count(*) FROM readable))) AS damping
        FROM found f GROUP BY f.chunk_index
    ), weighed AS (
        -- Whole 4,096ths add up without rounding, so that equal chunks tie in whatever order they are
        -- summed. Grouped, since two lexemes may share a place.
        SELECT f.chunk_index, k.place, sum(greatest(1, round(4096 * k.idf * f.times * 2.2 / (f.times + s.damping)))) / 4096 AS weight
        FROM found f JOIN known k USING (lexeme) JOIN sized s USING (chunk_index)
        GROUP BY f.chunk_index, k.place
    )
    SELECT p_chunk_set_id, r.chunk_index, r.kind, CAST('{' || coalesce(w.entries, '') || '}/268435456' AS sparsevec)
    FROM readable r
    LEFT JOIN (
        -- A sparsevec holds no more entries; only an oversize chunk comes near.
        SELECT chunk_index, array_to_string((array_agg(place || ':' || weight))[:16000], ',') AS entries
        FROM weighed GROUP BY chunk_index
    ) w USING (chunk_index)
    -- Rows of one paper lie together, in reading order.
    ORDER BY r.chunk_index;
END;
COMMENT ON FUNCTION core.weigh_words IS 'Writes core.chunk_words of a chunk set whose chunks are written. Grain: one chunk set, once.';

REVOKE EXECUTE ON FUNCTION core.word_place(text), core.weigh_words(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.word_place(text), core.weigh_words(bigint) TO florilegium_writer;

-- What older nights have written.
SELECT core.weigh_words(chunk_set_id) FROM core.chunk_set;
