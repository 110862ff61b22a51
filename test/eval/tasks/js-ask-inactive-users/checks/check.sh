. "$CHECKS/lib.sh"
[ "$(turn 0 .outcome)" = asked ] || fail "nobody was asked: what counts as inactive, and what is to happen to them, stands nowhere"
turn 0 .question | grep -Eiq 'inactive|sign|how long|delete|anonym|remove' || fail "it asked for something else"
succeeds node --test
passes node "$CHECKS/users.mjs" "$PWD/src/users.js"
