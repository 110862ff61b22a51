# `$1` id of a time in which people have control. Keeps all that lies in the tree as it is now under a ref of its own, once:
# what they change is told from there. Its time is when that was.
without_drivers
ref=refs/deckhand/control/$1
[ -z "$(commit_at "$ref")" ] || exit 0
git for-each-ref --format='delete %(refname)' refs/deckhand/control | git update-ref --stdin
snapshot -
git update-ref "$ref" "$(git commit-tree "$tree" -p "$(git rev-parse HEAD)" -m 'deckhand: where a person took control')"
