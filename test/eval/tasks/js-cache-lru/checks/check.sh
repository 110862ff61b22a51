. "$CHECKS/lib.sh"
succeeds node --test
has README.md 'maxEntries'
has README.md 'onEvict'
has cache.test.js 'maxEntries'
passes node "$CHECKS/cache.mjs" "$PWD/cache.js"
