. "$CHECKS/lib.sh"
[ -f migrations/0003_contacts.sql ] || fail "no migrations/0003_contacts.sql"
db=$(mktemp -u)
mkdir aside && mv migrations/0003* aside/
succeeds bash migrate.sh "$db"
sqlite3 "$db" < "$CHECKS/data.sql"
before=$(sqlite3 "$db" 'SELECT id, name, joined_on FROM people ORDER BY id; SELECT * FROM notes ORDER BY id')
mv aside/* migrations/
succeeds bash migrate.sh "$db"
succeeds bash migrate.sh "$db"
q() { sqlite3 "$db" "PRAGMA foreign_keys = ON; $1"; }
[ "$before" = "$(q 'SELECT id, name, joined_on FROM people ORDER BY id; SELECT * FROM notes ORDER BY id')" ] || fail "people or notes are not as they were"
got=$(q "SELECT person_id, kind, value, is_primary FROM contacts ORDER BY person_id, kind, is_primary DESC, value")
[ "$got" = "$(cat "$CHECKS/expected")" ] || { printf 'got:\n%s\n' "$got"; fail "other contacts"; }
[ "$(q "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('people') ORDER BY name)")" = id,joined_on,name ] || fail "columns of people"
[ "$(q "SELECT count(*) FROM pragma_index_list('people') WHERE name = 'people_by_name'")" = 1 ] || fail "the index by name"
fails q "INSERT INTO contacts (person_id, kind, value, is_primary) VALUES (1, 'email', 'x@y', 1)"
succeeds q "INSERT INTO contacts (person_id, kind, value, is_primary) VALUES (1, 'email', 'x@y', 0)"
fails q "INSERT INTO contacts (person_id, kind, value, is_primary) VALUES (1, 'fax', '1', 0)"
fails q "INSERT INTO contacts (person_id, kind, value, is_primary) VALUES (99, 'phone', '1', 0)"
fails q "INSERT INTO contacts (person_id, kind, value, is_primary) VALUES (1, 'phone', '1', 2)"
q "DELETE FROM people WHERE id = 1"
[ "$(q 'SELECT count(*) FROM contacts WHERE person_id = 1')" = 0 ] || fail "contacts stay behind"
[ "$(q 'SELECT count(*) FROM notes WHERE person_id = 1')" = 0 ] || fail "notes stay behind"
[ "$(q 'SELECT count(*) FROM notes')" = 1 ] || fail "notes of others went"
fails q "INSERT INTO notes (person_id, text) VALUES (99, 'x')"
# One that fails half way leaves nothing behind.
fresh=$(mktemp -u)
mv migrations/0003* aside/
bash migrate.sh "$fresh" && sqlite3 "$fresh" < "$CHECKS/data.sql" && sqlite3 "$fresh" "CREATE TRIGGER stop BEFORE INSERT ON migrations WHEN new.name LIKE '0003%' BEGIN SELECT raise(ABORT, 'no'); END"
old=$(sqlite3 "$fresh" .dump)
mv aside/* migrations/
fails bash migrate.sh "$fresh"
[ "$old" = "$(sqlite3 "$fresh" .dump)" ] || fail "a migration that failed left something behind"
