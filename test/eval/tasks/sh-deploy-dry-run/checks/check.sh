. "$CHECKS/lib.sh"
script=$PWD/deploy.sh
fresh() {
  rm -rf /tmp/app; mkdir -p "/tmp/app/releases/1.0" "/tmp/app/releases/2 beta"
  echo one > /tmp/app/releases/1.0/file; echo two > "/tmp/app/releases/2 beta/file"
}
export DEPLOY_ROOT=/tmp/app
fresh
bash "$script" 1.0 "first note" >/tmp/said || fail "a deployment"
[ "$(cat /tmp/said)" = "deployed 1.0" ] && [ "$(cat /tmp/app/current/file)" = one ] || fail "a deployment is another now"
[ "$(cat /tmp/app/history)" = "1.0 first note" ] || fail "history is another now"
listing() { (cd /tmp/app && find . | sort | xargs -d '\n' ls -ld --time-style=full-iso; cat history); }
before=$(listing)
for option in --dry-run -n; do
  bash "$script" $option "2 beta" "it's \$HOME; rm -rf" >/tmp/said || fail "$option failed"
  [ "$before" = "$(listing)" ] || fail "$option changed something"
  [ "$(grep -c '^would: ' /tmp/said)" -ge 4 ] || { cat /tmp/said; fail "not each step is said"; }
  grep -vq '^would: ' /tmp/said && { cat /tmp/said; fail "it says more than what it would do"; }
done
# What it would do, pasted into a shell, is a deployment.
sed 's/^would: //' /tmp/said > /tmp/pasted.sh
bash -e /tmp/pasted.sh >/tmp/out 2>&1 || { cat /tmp/pasted.sh /tmp/out; fail "its lines are no commands"; }
[ "$(cat /tmp/app/current/file)" = two ] || fail "pasted, it deploys something else"
[ "$(tail -n 1 /tmp/app/history)" = "2 beta it's \$HOME; rm -rf" ] || { cat /tmp/pasted.sh; fail "pasted, the history is $(tail -n 1 /tmp/app/history)"; }
[ "$(cat /tmp/app/backup/file)" = one ] || fail "pasted, there is no backup"
fails bash "$script" --dry-run 9.9
code=0; bash "$script" --frobnicate 1.0 >/tmp/said 2>/tmp/err || code=$?
[ "$code" = 2 ] && grep -qi usage /tmp/err && [ ! -s /tmp/said ] || fail "an unknown option ends with $code"
mkdir /tmp/app/releases/-x; echo dash > /tmp/app/releases/-x/file
bash "$script" -- -x >/dev/null || fail "-- does not end the options"
[ "$(cat /tmp/app/current/file)" = dash ] || fail "-- -x deploys something else"
fresh
bash "$script" -n 1.0 >/tmp/said || fail "a dry run of the first deployment"
grep -q 'backup/' /tmp/said && grep -q 'cp ' /tmp/said && fail "it would copy what is not there"
exit 0
