-- Addresses and index numbers were counted in release_serial. From here on the register of numbers counts them; the numbers
-- given out before are entered there as they are, each with the document that has it.
INSERT INTO number_counter (series, year, given_before, last)
  SELECT 'publishing.addresses', year, 0, last FROM release_serial;
INSERT INTO issued_number (id, series, year, serial, text, subject, subject_id, at, account, actor_name, void_reason, voided_by_name)
  SELECT d.id, 'publishing.addresses', CAST(substr(d.path, 4, 4) AS INTEGER), CAST(substr(d.path, 9) AS BIGINT), d.path, 'document', d.id,
    COALESCE((SELECT min(r.at) FROM document_release r WHERE r.document = d.id), d.created_at), d.created_by, '数据升级', '', ''
  FROM document d WHERE d.path IS NOT NULL;
