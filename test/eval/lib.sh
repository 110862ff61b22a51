# What checks are written with: `. "$CHECKS/lib.sh"`. Each ends the check where it does not hold.
set -u
fail() { echo "not as asked: $*"; exit 1; }
# The command succeeds and its last line is `ok`: what runs of the agent's code cannot end it early and look well.
passes() {
  local out code
  out=$("$@" 2>&1); code=$?
  [ "$code" = 0 ] && [ "$(printf '%s\n' "$out" | tail -n 1)" = ok ] || { printf '%s\n' "$out"; fail "$* (exit code $code)"; }
}
# The command succeeds, whatever it says.
succeeds() { "$@" >/tmp/said.$$ 2>&1 || { cat /tmp/said.$$; fail "$*"; }; }
fails() { if "$@" >/tmp/said.$$ 2>&1; then cat /tmp/said.$$; fail "this went well: $*"; fi; }
# has FILE PATTERN, lacks FILE PATTERN: extended regular expressions.
has() { grep -Eq -- "$2" "$1" || fail "$1 lacks $2"; }
lacks() { if [ -e "$1" ] && grep -Eq -- "$2" "$1"; then fail "$1 has $2"; fi; }
# Field of the nth turn (from 0): `turn 0 .outcome`.
turn() { jq -r ".[$1]$2" "$CHECKS/turns.json"; }
