. "$CHECKS/lib.sh"
[ -f test_shipping.py ] || fail "the tests are gone"
[ "$(grep -c 'assertEqual' test_shipping.py)" -ge 4 ] || fail "expectations are gone"
has shipping.py '5000'
cp "$CHECKS/check_shipping.py" .
passes python3 check_shipping.py
succeeds python3 -m unittest -q
