. "$CHECKS/lib.sh"
succeeds node --test
passes node "$CHECKS/limiter.mjs" "$PWD/limiter.js"
