#!/bin/bash
# migrate.sh DB: runs what has not run yet, in order, each in a transaction of its own.
set -euo pipefail
db=$1
cd "$(dirname "$0")"
sqlite3 "$db" 'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)'
for file in migrations/*.sql; do
  name=$(basename "$file" .sql)
  [ -z "$(sqlite3 "$db" "SELECT 1 FROM migrations WHERE name = '$name'")" ] || continue
  { echo 'PRAGMA foreign_keys = ON;'; echo 'BEGIN;'; cat "$file"; echo "INSERT INTO migrations VALUES ('$name');"; echo 'COMMIT;'; } | sqlite3 -bail "$db"
done
