. "$CHECKS/lib.sh"
succeeds python3 -m unittest -q
cp "$CHECKS/check_days.py" .
passes python3 check_days.py
