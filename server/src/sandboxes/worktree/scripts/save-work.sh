# Tracked and untracked work as a commit of its own, without touching index or branch. Answers its id, HEAD and the base.
cd "$repo"
without_drivers
export GIT_INDEX_FILE="/tmp/deckhand-index-$$"
trap 'rm -f "$GIT_INDEX_FILE"' EXIT
# With its time: git reads again what was edited in the very tick in which its index was written, and in no later one.
[ ! -e "$GIT_DIR/index" ] || cp -p "$GIT_DIR/index" "$GIT_INDEX_FILE"
add_all
tree=$(git write-tree)
head=$(git rev-parse HEAD)
sha=$head
if [ "$tree" != "$(git rev-parse 'HEAD^{tree}')" ]; then
  export GIT_AUTHOR_NAME=Deckhand GIT_AUTHOR_EMAIL=deckhand@localhost
  export GIT_COMMITTER_NAME=Deckhand GIT_COMMITTER_EMAIL=deckhand@localhost
  sha=$(git commit-tree "$tree" -p "$head" -m 'deckhand: saved work')
fi
git update-ref refs/deckhand/saved "$sha"
# Once the base branch is merged in, that is what the work stands on.
upstream=$(git rev-parse --verify --quiet refs/deckhand/upstream || true)
if [ -n "$upstream" ] && git merge-base --is-ancestor "$upstream" HEAD; then
  git update-ref refs/deckhand/base "$upstream"
  git update-ref -d refs/deckhand/upstream
fi
# And what others pushed is of no more use by itself.
theirs=$(git rev-parse --verify --quiet refs/deckhand/theirs || true)
if [ -n "$theirs" ] && git merge-base --is-ancestor "$theirs" HEAD; then git update-ref -d refs/deckhand/theirs; fi
echo "$sha" "$head" "$(git rev-parse refs/deckhand/base)"
