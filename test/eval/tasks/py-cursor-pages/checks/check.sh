. "$CHECKS/lib.sh"
succeeds python3 -m unittest -q
cp "$CHECKS/check_feed.py" .
passes python3 check_feed.py
