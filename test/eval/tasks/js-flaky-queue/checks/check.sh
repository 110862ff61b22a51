. "$CHECKS/lib.sh"
passes node "$CHECKS/queue.mjs" "$PWD/queue.js"
lacks queue.test.js 'retries|retry|skip|todo'
# The same on a machine that is slow: timers come late, in any order of delay.
for seed in 1 2 3 4 5 6 7 8; do
  SEED=$seed timeout 20 node --import "$CHECKS/slow.mjs" --test --test-isolation=none queue.test.js >/tmp/out 2>&1 || { cat /tmp/out; fail "fails on a slow machine, seed $seed"; }
done
# It still sees a queue that is wrong.
cp queue.js /tmp/queue.js
sed -i 's/this.#tail.then(job)/Promise.resolve().then(job)/' queue.js
cmp -s queue.js /tmp/queue.js && cp "$CHECKS/parallel.js" queue.js
timeout 20 node --test queue.test.js >/dev/null 2>&1 && fail "the test does not notice jobs that run side by side"
cp "$CHECKS/early.js" queue.js
timeout 20 node --import "$CHECKS/slow.mjs" --test --test-isolation=none queue.test.js >/dev/null 2>&1 && fail "the test does not notice an idle() that ends early"
exit 0
