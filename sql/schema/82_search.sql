-- Search over the whole corpus: which chunks may be found, and the nearest of them by index.
CREATE FUNCTION core.candidate_chunk(
    p_paper text, p_venue text, p_from_year integer, p_to_year integer, p_sections text[], p_words text
) RETURNS TABLE (work_id bigint, document_id bigint, chunk_set_id bigint, chunk_index integer)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT cd.work_id, cd.document_id, c.chunk_set_id, c.chunk_index
    FROM core.current_document cd
    JOIN core.work w ON w.work_id = cd.work_id
    JOIN core.document d ON d.document_id = cd.document_id
    JOIN ops.active_fingerprint af ON af.stage = 'chunk'
    JOIN core.chunk_set cs ON cs.document_id = cd.document_id AND cs.chunker_id = af.fingerprint_id
    JOIN core.chunk c ON c.chunk_set_id = cs.chunk_set_id
    JOIN core.section s ON s.document_id = cd.document_id AND s.section_index = c.section_index
    WHERE s.zone NOT IN ('references', 'noise', 'hidden')
      AND (p_paper IS NULL OR strpos(lower(w.name), lower(p_paper)) > 0 OR strpos(lower(d.title), lower(p_paper)) > 0)
      AND (p_venue IS NULL OR strpos(lower(d.venue), lower(p_venue)) > 0)
      AND (p_from_year IS NULL OR d.year >= p_from_year)
      AND (p_to_year IS NULL OR d.year <= p_to_year)
      -- What stands in a part of the methods stands in the methods.
      AND (p_sections IS NULL OR EXISTS (
          SELECT FROM core.section a
          WHERE a.document_id = s.document_id AND a.kind = ANY (p_sections)
            AND a.path = s.path[1:cardinality(a.path)] AND (cardinality(a.path) > 0 OR a.section_index = s.section_index)))
      AND (p_words IS NULL OR c.words @@ websearch_to_tsquery('english', p_words));
END;
COMMENT ON FUNCTION core.candidate_chunk IS 'The chunks of the readings in force that pass all filters given; NULL filters nothing. Grain: one chunk.';

CREATE FUNCTION core.nearest_chunk(
    p_space_id bigint, p_dimension integer, p_vector text, p_count integer,
    p_paper text, p_venue text, p_from_year integer, p_to_year integer, p_sections text[], p_words text
) RETURNS TABLE (chunk_set_id bigint, chunk_index integer, distance double precision)
LANGUAGE plpgsql STABLE
-- The index is worth asking only where its order is kept: a sort or a hash join would read it all.
SET enable_sort = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_material = off
AS $$
BEGIN
    -- The space and the dimension must stand in the statement for the partial index to fit it.
    RETURN QUERY EXECUTE format(
        'SELECT e.chunk_set_id, e.chunk_index, CAST(e.vector AS halfvec(%1$s)) <=> CAST($1 AS halfvec(%1$s))
         FROM core.embedding e
         WHERE e.space_id = %2$s AND EXISTS (
             SELECT FROM core.candidate_chunk($3, $4, $5, $6, $7, $8) c
             WHERE c.chunk_set_id = e.chunk_set_id AND c.chunk_index = e.chunk_index)
         ORDER BY CAST(e.vector AS halfvec(%1$s)) <=> CAST($1 AS halfvec(%1$s)) LIMIT $2',
        p_dimension, p_space_id)
    USING p_vector, p_count, p_paper, p_venue, p_from_year, p_to_year, p_sections, p_words;
END;
$$;
COMMENT ON FUNCTION core.nearest_chunk IS 'The chunks nearest to a vector by the index of their space, roughly in order. Grain: one chunk. May give fewer than asked: the caller counts.';

CREATE FUNCTION core.build_search_index(p_space_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_dimension integer;
    v_name text := 'embedding_search_' || to_hex(p_space_id);
BEGIN
    SELECT vector_dims(e.vector) INTO v_dimension FROM core.embedding e WHERE e.space_id = p_space_id LIMIT 1;
    IF v_dimension IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %1$I ON core.embedding
         USING hnsw (CAST(vector AS halfvec(%2$s)) halfvec_cosine_ops) WHERE space_id = %3$s',
        v_name, v_dimension, p_space_id);
    RETURN v_name;
END;
$$;
COMMENT ON FUNCTION core.build_search_index IS 'Make the HNSW index of one embedding space (m 16, ef_construction 64) and give its name; NULL where the space holds no vector. A second call changes nothing. Runs as the owner: a writer may make this index and no other.';
