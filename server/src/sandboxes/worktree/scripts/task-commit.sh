# `$1` id of a task, `$2` its goal, `$3` and `$4` author. Keeps all that its tree differs by from where it began as one
# commit under a ref of its own, and answers that, with the files behind it; nothing where nothing differs. Where its tree
# is gone, what was kept before.
without_drivers
sha=$(commit_at "$(work_ref "$1")")
if is_there "$1"; then
  base=$(commit_at "$(base_ref "$1")")
  snapshot "$1"
  [ "$tree" != "$(git rev-parse "$base^{tree}")" ] || exit 0
  if [ -z "$sha" ] || [ "$tree" != "$(git rev-parse "$sha^{tree}")" ]; then
    sha=$(printf '%s' "$2" | GIT_AUTHOR_NAME="$3" GIT_AUTHOR_EMAIL="$4" GIT_COMMITTER_NAME="$3" \
      GIT_COMMITTER_EMAIL="$4" git commit-tree "$tree" -p "$base")
    git update-ref "$(work_ref "$1")" "$sha"
  fi
fi
[ -n "$sha" ] || exit 0
printf '%s\0' "$sha"
git diff --numstat -z --no-renames --no-ext-diff --no-textconv "$sha^" "$sha"
