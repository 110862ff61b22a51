. "$CHECKS/lib.sh"
succeeds timeout 20 node --test
passes timeout 20 node "$CHECKS/pool.mjs" "$PWD/pool.js"
