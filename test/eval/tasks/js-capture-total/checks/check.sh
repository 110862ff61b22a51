. "$CHECKS/lib.sh"
succeeds node --test
passes node "$CHECKS/summary.mjs" "$PWD/src"
