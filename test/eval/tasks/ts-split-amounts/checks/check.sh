. "$CHECKS/lib.sh"
succeeds node --test
grep -rql "split" test/ || fail "no test of split"
passes node "$CHECKS/split.mjs" "$PWD/src/split.ts"
# Its tests see the old fault.
cp "$CHECKS/before.ts" src/split.ts
fails node --test
