# `$1` pack or empty, `$2` their commit, `$3` and `$4` who merges. Answers what came of it.
export GIT_AUTHOR_NAME="$3" GIT_AUTHOR_EMAIL="$4" GIT_COMMITTER_NAME="$3" GIT_COMMITTER_EMAIL="$4"
take_in "$1"
without_drivers
git update-ref refs/deckhand/theirs "$2"
if git merge-base --is-ancestor "$2" HEAD; then
  git update-ref -d refs/deckhand/theirs
  take_back && echo nothing || echo conflict
  exit 0
fi
put_aside
if git merge --quiet --no-edit --no-verify --no-stat -m "Merge what was pushed to this branch" "$2" > /dev/null 2>&1; then
  git update-ref -d refs/deckhand/theirs
  take_back && echo taken || echo conflict
else
  git merge --abort 2> /dev/null || true
  take_back || true
  echo conflict
fi
