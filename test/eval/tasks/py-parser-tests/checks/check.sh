. "$CHECKS/lib.sh"
[ -f test_duration.py ] || fail "no test_duration.py"
cmp -s duration.py "$CHECKS/duration.py" || fail "duration.py was changed"
succeeds python3 -m unittest -q test_duration
mutant() {
  sed -e "$1" "$CHECKS/duration.py" > duration.py
  cmp -s duration.py "$CHECKS/duration.py" && fail "the check itself: $1 changes nothing"
  rm -rf __pycache__
  timeout 10 python3 -m unittest -q test_duration >/dev/null 2>&1 && fail "no test notices: $1"
}
mutant 's/86400/84600/'
mutant 's/"m": 60/"m": 61/'
mutant 's/.strip().lower()/.strip()/'
mutant 's/text.strip()/text/'
mutant 's/(-1, plain\[1:\]/(1, plain[1:]/'
mutant 's/return _whole(sign \* total)/return _whole(total)/'
mutant 's/float(plain))/float(plain) * 60)/'
mutant 's/<= order/< order/'
mutant 's/<= order/< 0/'
mutant 's/return int(value) if.*/return value/'
mutant 's/if at == 0:/if False:/'
mutant 's/(?:\\.\\d+)?)\\s/)\\s/'
mutant 's/)\\s\*(\[dhms/)([dhms/'
mutant 's/if not match:/if not match and at == 0:/;s/number, unit = match.groups()/if not match: break\n        number, unit = match.groups()/'
exit 0
