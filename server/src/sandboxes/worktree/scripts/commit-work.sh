# `$1` message, `$2` and `$3` author. Answers HEAD. Once it is committed nothing is left to commit: doing it again
# changes nothing.
cd "$repo"
export GIT_AUTHOR_NAME="$2" GIT_AUTHOR_EMAIL="$3" GIT_COMMITTER_NAME="$2" GIT_COMMITTER_EMAIL="$3"
without_drivers
git add -A
if [ -e "$GIT_DIR/MERGE_HEAD" ] || ! git diff --cached --quiet --no-ext-diff --no-textconv; then
  printf '%s' "$1" | git commit --quiet --no-verify --cleanup=whitespace -F -
fi
git rev-parse HEAD
