. "$CHECKS/lib.sh"
passes python3 "$CHECKS/search.py"
