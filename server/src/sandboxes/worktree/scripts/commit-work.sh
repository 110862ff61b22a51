# `$1` message, `$2` and `$3` author, `$4` branch. Answers HEAD, which the branch stands at from here on, whatever the
# agent checked out. Once it is committed nothing is left to commit: doing it again changes nothing.
cd "$repo"
export GIT_AUTHOR_NAME="$2" GIT_AUTHOR_EMAIL="$3" GIT_COMMITTER_NAME="$2" GIT_COMMITTER_EMAIL="$3"
without_drivers
add_all
as_pointers
if [ -e "$GIT_DIR/MERGE_HEAD" ] || ! git diff --cached --quiet --no-ext-diff --no-textconv; then
  printf '%s' "$1" | git commit --quiet --no-verify --cleanup=whitespace -F -
fi
if [ "$(git symbolic-ref --quiet --short HEAD || true)" != "$4" ]; then
  git update-ref "refs/heads/$4" HEAD
  git symbolic-ref HEAD "refs/heads/$4"
fi
git rev-parse HEAD
