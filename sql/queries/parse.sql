-- name: insert_document
INSERT INTO core.document (document_id, full_text_id, parser_id, work_id, status, code, detail, title, doi, year,
    venue, text_layer, stopword_ratio, page_count, body_char_count, heading_count, reference_count,
    hidden_char_count, noise_char_count, quality_detail, run_id)
VALUES (:document_id, :full_text_id, :parser_id, :work_id, :status, :code, :detail, :title, :doi, :year,
    :venue, :text_layer, :stopword_ratio, :page_count, :body_char_count, :heading_count, :reference_count,
    :hidden_char_count, :noise_char_count, CAST(:quality_detail AS jsonb), :run_id)
ON CONFLICT (document_id) DO NOTHING
RETURNING document_id;

-- name: load_document
SELECT d.*, f.stage, f.name, f.sha256 AS parser_sha256, f.recipe
FROM core.document d JOIN core.fingerprint f ON f.fingerprint_id = d.parser_id
WHERE d.document_id = :document_id;

-- name: load_sections
SELECT section_index, path, kind, zone FROM core.section WHERE document_id = :document_id ORDER BY section_index;

-- name: load_blocks
SELECT block_index, section_index, kind, zone, text, regions, xpath
FROM core.block WHERE document_id = :document_id ORDER BY block_index;

-- name: load_sentences
SELECT sentence_index, block_index, char_start, char_end, regions
FROM core.sentence WHERE document_id = :document_id ORDER BY sentence_index;

-- name: load_pages
SELECT page, width, height FROM core.page WHERE document_id = :document_id ORDER BY page;

-- name: load_bibliography
SELECT entry_index, text, doi FROM core.bibliography_entry WHERE document_id = :document_id ORDER BY entry_index;

-- name: load_links
SELECT url, origin, block_index, page, kind, canonical, owner, owner_reason
FROM core.link WHERE document_id = :document_id ORDER BY link_index;

-- name: load_citations
SELECT block_index, char_start, char_end, entry_index
FROM core.citation_span WHERE document_id = :document_id ORDER BY citation_index;
