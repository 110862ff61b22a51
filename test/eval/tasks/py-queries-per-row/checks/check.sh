. "$CHECKS/lib.sh"
succeeds python3 -m unittest -q
cp "$CHECKS/check_orders.py" "$CHECKS/before.py" .
passes python3 check_orders.py
