. "$CHECKS/lib.sh"
[ "$(turn -1 .outcome)" = done ] || fail "it did not answer"
turn -1 .said | grep -Eq '\*\*0?\.5( ?s(ec(onds?)?)?)?\.?\*\*' || fail "the answer is half a second: the environment comes last and is text, which counts tenths"
for file in settings.py client.py staging.json; do
  [ "$(sha256sum < "$file")" = "$(sha256sum < "$CHECKS/$file")" ] || fail "$file was changed"
done
