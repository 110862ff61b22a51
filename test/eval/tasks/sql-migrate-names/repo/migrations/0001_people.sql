CREATE TABLE people (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  emails TEXT NOT NULL DEFAULT '',
  phones TEXT,
  joined_on TEXT NOT NULL
);
CREATE INDEX people_by_name ON people (name);
