# `$1` most bytes. What differs from the base, committed or not, untracked files among it. New files are only named in
# an index of its own (`-N`), not added: looking must not copy what may be large into the repository.
cd "$repo"
without_drivers
export GIT_INDEX_FILE="/tmp/deckhand-stat-index-$$"
trap 'rm -f "$GIT_INDEX_FILE"' EXIT
[ ! -e "$GIT_DIR/index" ] || cp "$GIT_DIR/index" "$GIT_INDEX_FILE"
git rev-parse --verify --quiet refs/deckhand/base > /dev/null
git add -A -N
git diff --numstat -z --no-renames --no-ext-diff --no-textconv --ignore-submodules=dirty refs/deckhand/base -- |
  head -c "$1"
