. "$CHECKS/lib.sh"
succeeds node --test
passes node "$CHECKS/csv.mjs" "$PWD/src/csv.js"
