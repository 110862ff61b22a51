. "$CHECKS/lib.sh"
grep -rnE '^(<<<<<<<|=======|>>>>>>>)' --include=*.js . && fail "conflict markers"
succeeds node --test
[ -f vouchers.js ] || fail "no vouchers.js"
has price.test.js 'voucher'
has price.test.js 'a price for many'
passes node "$CHECKS/price.mjs" "$PWD/price.js"
