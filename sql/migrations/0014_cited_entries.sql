-- An address that stands in the reference list alone is proven by its entry and the sentence that cites it.
CREATE OR REPLACE FUNCTION core.refuse_foreign_quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM core.block b
        WHERE b.document_id = NEW.document_id AND b.block_index = NEW.block_index
          AND b.zone NOT IN ('noise', 'hidden')
          -- An entry of the reference list proves nothing alone: stronger evidence outside it cites it.
          AND (b.zone <> 'references' OR EXISTS (
              SELECT FROM core.evidence e
              JOIN core.block citing ON citing.document_id = e.document_id AND citing.block_index = e.block_index
              WHERE (e.document_id, e.question_version_id, e.answerer_id)
                  = (NEW.document_id, NEW.question_version_id, NEW.answerer_id)
                AND e.evidence_rank < NEW.evidence_rank AND citing.zone <> 'references'
          ))
          AND substr(b.text, NEW.char_start + 1, NEW.char_end - NEW.char_start) = NEW.quote
    ) THEN
        RAISE EXCEPTION 'evidence of document % question % is not a slice of readable source text',
            NEW.document_id, NEW.question_version_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION core.refuse_foreign_quote() IS 'Refuses evidence that is not a slice of a block a reader can see, or is an entry of the reference list without the sentence that cites it.';
