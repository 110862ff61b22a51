CREATE TABLE contacts (
  id INTEGER PRIMARY KEY,
  person_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
  value TEXT NOT NULL,
  is_primary INTEGER NOT NULL DEFAULT 0 CHECK (is_primary IN (0, 1)),
  UNIQUE (person_id, kind, value)
);
CREATE UNIQUE INDEX contacts_primary ON contacts (person_id, kind) WHERE is_primary = 1;

WITH RECURSIVE
  listed (person_id, kind, rest) AS (
    SELECT id, 'email', lower(emails) || ';' FROM people
    UNION ALL
    SELECT id, 'phone', coalesce(phones, '') || ';' FROM people
  ),
  parts (person_id, kind, place, value, rest) AS (
    SELECT person_id, kind, 0, '', rest FROM listed
    UNION ALL
    SELECT person_id, kind, place + 1, trim(substr(rest, 1, instr(rest, ';') - 1)), substr(rest, instr(rest, ';') + 1)
    FROM parts
    WHERE rest <> ''
  ),
  firsts AS (
    SELECT person_id, kind, value, min(place) AS place FROM parts WHERE value <> '' GROUP BY person_id, kind, value
  )
INSERT INTO contacts (person_id, kind, value, is_primary)
SELECT person_id, kind, value, row_number() OVER (PARTITION BY person_id, kind ORDER BY place) = 1
FROM firsts
ORDER BY person_id, kind, place;

ALTER TABLE people DROP COLUMN emails;
ALTER TABLE people DROP COLUMN phones;
