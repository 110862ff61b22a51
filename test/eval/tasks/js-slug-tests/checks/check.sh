. "$CHECKS/lib.sh"
[ -f slug.test.js ] || fail "no slug.test.js"
cmp -s slug.js "$CHECKS/slug.js" || fail "slug.js was changed"
succeeds node --test slug.test.js
mutant() {
  sed -e "$1" "$CHECKS/slug.js" > slug.js
  cmp -s slug.js "$CHECKS/slug.js" && fail "the check itself: $1 changes nothing"
  node --test slug.test.js >/dev/null 2>&1 && fail "no test notices: $1"
}
mutant 's/\.toLowerCase()//'
mutant "s/ß: 'ss'/ß: 's'/"
mutant "s/ü: 'ue'/ü: 'u'/"
mutant "s/ and / und /"
mutant "/normalize/d"
mutant "s/a-z0-9\]+/a-z0-9]/"
mutant "s/a-z0-9\]/a-z]/"
mutant "/\^-|-\\$/d"
mutant "s/|| 'article'/|| ''/"
mutant "s/'article', 40/'article', 41/;s/cut(base, 40 -/cut(base, 41 -/"
mutant "s/at > 0 ? at : length/length/"
mutant "s/cut(base, 40 - end.length)/base/"
mutant "s/n === 1 ? ''/n === 0 ? ''/"
mutant "s/n++/n += 2/"
exit 0
