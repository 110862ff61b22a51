. "$CHECKS/lib.sh"
succeeds node --test
[ -e vendor/dateish-1 ] && fail "version 1 is still there"
grep -rn "dateish-1" package.json src test && fail "version 1 is still named"
[ "$(sha256sum < vendor/dateish-2/index.js)" = "$(sha256sum < "$CHECKS/dateish-2.js")" ] || fail "the package was changed"
cp "$CHECKS/bookings.mjs" ./checks-bookings.mjs
passes node ./checks-bookings.mjs
