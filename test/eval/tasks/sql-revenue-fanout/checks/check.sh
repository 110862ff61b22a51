. "$CHECKS/lib.sh"
db=$(mktemp -u)
sqlite3 "$db" < schema.sql
cmp -s schema.sql "$CHECKS/schema.sql" || fail "the schema was changed"
sqlite3 "$db" < "$CHECKS/data.sql"
got=$(sqlite3 "$db" < revenue.sql) || fail "it does not run"
[ "$got" = "$(cat "$CHECKS/expected")" ] || { printf 'got:\n%s\n' "$got"; fail "other numbers"; }
rm "$db"; sqlite3 "$db" < schema.sql
[ -z "$(sqlite3 "$db" < revenue.sql)" ] || fail "an empty shop has months"
