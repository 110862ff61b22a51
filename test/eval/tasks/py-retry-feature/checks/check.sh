. "$CHECKS/lib.sh"
succeeds timeout 50 python3 -m unittest -q
cp "$CHECKS/check_retry.py" .
passes timeout 50 python3 check_retry.py
