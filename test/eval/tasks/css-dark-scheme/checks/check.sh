. "$CHECKS/lib.sh"
passes python3 "$CHECKS/scheme.py" app.css "$CHECKS/app.css"
