# `$1` commit. A session must not find changes that nobody made: what the build left in the tree goes, what git ignores
# stays.
cd "$repo"
rm -f "$GIT_DIR/index.lock"
without_drivers
git checkout --quiet -f -B deckhand-warm "$1" --
git clean -ffdq
sync -f .
