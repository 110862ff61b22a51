. "$CHECKS/lib.sh"
passes python3 "$CHECKS/form.py" signup.html
