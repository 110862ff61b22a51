. "$CHECKS/lib.sh"
succeeds node --test
[ -f src/dates.ts ] || fail "no src/dates.ts"
for file in mail report feed; do
  has src/$file.ts 'dates\.ts'
  lacks src/$file.ts 'Jan|padStart|< 10'
done
[ "$(grep -rlE "Feb" src | wc -l)" = 1 ] || fail "month names stand in more than one place"
passes node "$CHECKS/dates.mjs" "$PWD/src"
