. "$CHECKS/lib.sh"
[ "$(turn 0 .outcome)" = asked ] || fail "nobody was asked which limit is meant"
turn 0 .question | grep -Eiq 'upload' || fail "the question does not name what there is"
succeeds python3 -m unittest -q
has limits.py '^MAX_UPLOAD_MB = 500$'
has limits.py '^MAX_REQUESTS_PER_MINUTE = 600$'
has deploy/proxy.conf 'client_max_body_size 500m;'
