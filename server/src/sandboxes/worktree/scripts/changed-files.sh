# `$1` most bytes. What differs from the base, committed or not, untracked files among it. New files are only named in
# an index of its own (`-N`), not added: looking must not copy what may be large into the repository.
cd "$repo"
without_drivers
export GIT_INDEX_FILE="/tmp/deckhand-stat-index-$$"
trap 'rm -f "$GIT_INDEX_FILE" "$GIT_INDEX_FILE.kept"' EXIT
# With its time: git reads again what was edited in the very tick in which its index was written, and in no later one.
[ ! -e "$GIT_DIR/index" ] || cp -p "$GIT_DIR/index" "$GIT_INDEX_FILE"
git rev-parse --verify --quiet refs/deckhand/base > /dev/null
untouched_line_ends | sed -z 's/^[^\t]*\t//' > "$GIT_INDEX_FILE.kept"
add_all -N
# This index is thrown away: what it takes for unchanged is not looked at.
git update-index --assume-unchanged -z --stdin < "$GIT_INDEX_FILE.kept"
# As the server compares what was saved (repos/diff/flags.ts).
git diff --numstat -z --find-renames=50% -l1000 --diff-algorithm=myers --no-ext-diff --no-textconv \
  --ignore-submodules=dirty refs/deckhand/base -- |
  head -c "$1"
