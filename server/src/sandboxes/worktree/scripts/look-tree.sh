# What stands in the way of committing the work tree as it is, or would be lost: `kind name`, one a line.
cd "$repo" 2> /dev/null || { echo broken; exit 0; }
git rev-parse --verify --quiet 'HEAD^{tree}' > /dev/null && git rev-parse --verify --quiet 'refs/deckhand/base^{tree}' > /dev/null &&
  git ls-files > /dev/null 2>&1 || { echo broken; exit 0; }
without_drivers
[ ! -d "$GIT_DIR/rebase-merge" ] && [ ! -d "$GIT_DIR/rebase-apply" ] || echo rebase
[ ! -e "$GIT_DIR/CHERRY_PICK_HEAD" ] || echo cherry-pick
[ ! -e "$GIT_DIR/REVERT_HEAD" ] || echo revert
[ ! -e "$GIT_DIR/BISECT_LOG" ] || echo bisect
# A conflict that was resolved in the file is resolved, staged or not.
git diff --name-only -z --diff-filter=U --no-ext-diff | xargs -0 -r grep -lE '^<{7} ' -- | sed 's/^/unmerged /' || true
inner_repositories | sed 's/^/inner /'
# What is edited inside a submodule is in no commit of this repository.
git ls-files --stage | sed -n 's/^160000 [0-9a-f]* 0\t//p' | while IFS= read -r path; do
  [ -e "$repo/$path/.git" ] || continue
  [ -z "$(inside_changes "$path")" ] || echo "submodule $path"
done
git stash list | sed -n '/deckhand-aside/!s/:.*//p' | sed 's/^/stash /'
# What was rebased onto the newest base branch stands on that.
git merge-base --is-ancestor refs/deckhand/base HEAD ||
  git merge-base --is-ancestor refs/deckhand/upstream HEAD 2> /dev/null || echo behind
