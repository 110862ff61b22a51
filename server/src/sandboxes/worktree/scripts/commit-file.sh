# `$1` message, `$2` and `$3` author, `$4` branch, `$5` path, `$6` id of what the file is now. Its new content comes on
# stdin and becomes a commit of that file alone. Answers `committed`, or why not, with nothing changed: `other` it is not
# what it was, `dirty` the agent's own work on it is in no commit yet, `busy` a merge or rebase is under way.
cd "$repo"
without_drivers
export GIT_LITERAL_PATHSPECS=1
new=$(mktemp "$work/.deckhand-edit-XXXXXXXX")
trap 'rm -f "$new"' EXIT
cat > "$new"
[ -f "$5" ] && [ ! -L "$5" ] && [ "$(git hash-object --no-filters -- "$5")" = "$6" ] || { echo other; exit 0; }
for mark in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply; do
  [ ! -e "$GIT_DIR/$mark" ] || { echo busy; exit 0; }
done
git diff --quiet --no-ext-diff --no-textconv HEAD -- "$5" || { echo dirty; exit 0; }
export GIT_AUTHOR_NAME="$2" GIT_AUTHOR_EMAIL="$3" GIT_COMMITTER_NAME="$2" GIT_COMMITTER_EMAIL="$3"
# Into the file as it is: it stays as executable as it was.
cat "$new" > "$5"
printf '%s' "$1" | git commit --quiet --no-verify --cleanup=whitespace -F - --only -- "$5"
if [ "$(git symbolic-ref --quiet --short HEAD || true)" != "$4" ]; then
  git update-ref "refs/heads/$4" HEAD
  git symbolic-ref HEAD "refs/heads/$4"
fi
echo committed
