-- name: lock_identity
-- One version at a time finds its work: two copies that come together must not become two works.
SELECT pg_advisory_xact_lock(4242003);

-- name: work_of_content
SELECT work_id FROM core.full_text WHERE sha256 = :sha256;

-- name: work_of_place
-- A changed file of the same record is a new version of its work.
SELECT ft.work_id FROM core.location l JOIN core.full_text ft USING (full_text_id)
WHERE l.source = :source AND l.locator = :locator
ORDER BY l.first_seen_at DESC LIMIT 1;

-- name: namesakes
-- Works that share a name, the one known longest first; those taken down or told apart by a person are left out.
SELECT w.work_id, w.first_seen_at
FROM core.work w
WHERE w.work_id IN (SELECT i.work_id FROM core.identifier i
                    JOIN unnest(CAST(:schemes AS text[]), CAST(:values AS text[])) AS n(scheme, value) USING (scheme, value)
                    WHERE i.scheme <> 'openalex')
  AND w.work_id IS DISTINCT FROM CAST(:work_id AS bigint)
  AND NOT EXISTS (SELECT FROM core.takedown t WHERE t.work_id = w.work_id)
  AND NOT EXISTS (SELECT FROM core.match_verdict v WHERE v.verdict = 'different'
                  AND (v.work_id, v.other_work_id) = (least(w.work_id, :work_id), greatest(w.work_id, :work_id)))
ORDER BY w.first_seen_at, w.work_id;

-- name: like_titled
-- Works with the same title, or with the same first author in about the same year; few enough to compare.
SELECT DISTINCT ft.work_id
FROM core.work_title t JOIN core.full_text ft USING (full_text_id)
WHERE (t.title_key = :title_key
       OR (t.first_author = :first_author AND t.year BETWEEN CAST(:year AS integer) - 1 AND CAST(:year AS integer) + 1))
  AND ft.work_id <> :work_id
  AND NOT EXISTS (SELECT FROM core.takedown t WHERE t.work_id = ft.work_id)
  AND NOT EXISTS (SELECT FROM core.match_verdict v WHERE v.verdict = 'different'
                  AND (v.work_id, v.other_work_id) = (least(ft.work_id, :work_id), greatest(ft.work_id, :work_id)))
ORDER BY ft.work_id LIMIT 500;

-- name: names_of
SELECT work_id, scheme, value, source, authority FROM core.identifier
WHERE work_id = ANY (CAST(:work_ids AS bigint[])) ORDER BY work_id, scheme, value, source;

-- name: titles_of
SELECT ft.work_id, t.title_key, t.first_author, t.year
FROM core.work_title t JOIN core.full_text ft USING (full_text_id)
WHERE ft.work_id = ANY (CAST(:work_ids AS bigint[])) ORDER BY ft.work_id, t.first_seen_at;

-- name: insert_title
INSERT INTO core.work_title (full_text_id, source, source_id, title, title_key, first_author, year)
VALUES (:full_text_id, :source, :source_id, :title, :title_key, :first_author, :year)
ON CONFLICT (full_text_id, source, source_id) DO NOTHING;

-- name: insert_candidate
INSERT INTO core.match_candidate (work_id, other_work_id, reason, detail, score)
VALUES (least(CAST(:one AS bigint), CAST(:other AS bigint)), greatest(CAST(:one AS bigint), CAST(:other AS bigint)),
        :reason, :detail, :score)
ON CONFLICT (work_id, other_work_id, reason) DO NOTHING;

-- name: merge_works
SELECT ops.merge_works(:old_id, :new_id, :why, :who);

-- name: insert_verdict
INSERT INTO core.match_verdict (work_id, other_work_id, verdict, reason, decided_by)
VALUES (least(CAST(:one AS bigint), CAST(:other AS bigint)), greatest(CAST(:one AS bigint), CAST(:other AS bigint)),
        :verdict, :reason, :decided_by);

-- name: elder
-- Which of two works was known first: that one goes on.
SELECT work_id FROM core.work WHERE work_id IN (:one, :other) ORDER BY first_seen_at, work_id;

-- name: candidates
SELECT work_id, paper, other_work_id, other_paper, reason, detail, score, verdict, decided_by FROM out.match_candidates
WHERE verdict IS NULL OR NOT :only_open ORDER BY reason, score DESC NULLS LAST, paper;

-- name: save_notices
-- OpenAlex tells of every record that it is not retracted: that is news only where it has said otherwise before.
INSERT INTO core.notice (doi, kind, event_date, source, notice_doi, detail)
SELECT n.doi, n.kind, n.event_date, n.source, n.notice_doi, n.detail
FROM unnest(CAST(:dois AS text[]), CAST(:kinds AS text[]), CAST(:dates AS date[]), CAST(:sources AS text[]),
            CAST(:notice_dois AS text[]), CAST(:details AS text[])) AS n(doi, kind, event_date, source, notice_doi, detail)
LEFT JOIN LATERAL (SELECT k.kind FROM core.notice k WHERE k.doi = n.doi AND k.source = n.source
                   ORDER BY k.first_seen_at DESC LIMIT 1) last ON n.source = 'openalex.is_retracted'
WHERE n.source <> 'openalex.is_retracted' OR (n.kind <> coalesce(last.kind, 'reinstatement'))
ON CONFLICT ON CONSTRAINT notice_key DO NOTHING
RETURNING doi;

-- name: join_notices
-- Notices on works that are here, under any of their DOIs.
INSERT INTO core.work_event (work_id, kind, event_date, source, notice_doi, detail)
SELECT DISTINCT i.work_id, n.kind, n.event_date, n.source, n.notice_doi, n.detail
FROM core.notice n JOIN core.identifier i ON i.scheme = 'doi' AND i.value = n.doi
WHERE n.doi = ANY (CAST(:dois AS text[]))
ON CONFLICT ON CONSTRAINT work_event_key DO NOTHING
RETURNING work_id, kind;

-- name: unchecked_dois
-- DOIs of works that a source was not asked about for so many days; the one waiting longest first.
SELECT DISTINCT i.value AS doi, c.checked_at
FROM core.identifier i
LEFT JOIN ops.notice_check c ON c.source = :source AND c.doi = i.value
WHERE i.scheme = 'doi' AND (c.checked_at IS NULL OR c.checked_at < clock_timestamp() - make_interval(days => :days))
ORDER BY c.checked_at NULLS FIRST, i.value LIMIT :row_limit;

-- name: note_checked
INSERT INTO ops.notice_check (source, doi, checked_at)
SELECT :source, doi, clock_timestamp() FROM unnest(CAST(:dois AS text[])) AS d(doi)
ON CONFLICT (source, doi) DO UPDATE SET checked_at = excluded.checked_at;

-- name: taken_down_name
SELECT i.scheme, i.value FROM core.takedown t JOIN core.identifier i USING (work_id)
JOIN unnest(CAST(:schemes AS text[]), CAST(:values AS text[])) AS n(scheme, value) USING (scheme, value) LIMIT 1;

-- name: taken_down_content
SELECT t.work_id FROM core.takedown t JOIN core.full_text ft USING (work_id) WHERE ft.sha256 = :sha256;

-- name: take_down
SELECT path FROM ops.take_down(:work_id, :why, :who) AS path;

-- name: note_bytes_removed
UPDATE core.takedown SET bytes_removed_at = clock_timestamp() WHERE work_id = :work_id AND bytes_removed_at IS NULL;

-- name: takedown_row
SELECT work_id, paper, reason, decided_by, decided_at, removed, bytes_removed_at FROM out.takedowns WHERE work_id = :work_id;
