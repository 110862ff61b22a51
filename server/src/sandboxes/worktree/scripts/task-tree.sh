# `$1` id of a task, `$2` whose tree it begins from: another task's id, or `-`. Answers `there` or `made`, and the commit
# that it began from. What git ignores (installed packages) is there as links: it is read, and shared.
without_drivers
if is_there "$1"; then echo there "$(commit_at "$(base_ref "$1")")"; exit 0; fi
mkdir -p "$trees"
rm -rf "${trees:?}/$1" "$trees/$1.links"
git worktree prune
snapshot "$2"
ignored="/tmp/deckhand-ignored-$$"
git ls-files -z --others --ignored --exclude-standard --directory | head -z -n 200 > "$ignored"
base=$(git commit-tree "$tree" -p "$(git rev-parse HEAD)" -m 'deckhand: where a task began')
git update-ref "$(base_ref "$1")" "$base"
from=$GIT_WORK_TREE
unset GIT_WORK_TREE GIT_INDEX_FILE
cd "$repo"
git worktree add --quiet --detach "$trees/$1" "$base" > /dev/null 2>&1
: > "$trees/$1.links"
tr '\0' '\n' < "$ignored" | sed -n 's|/$||p' | while IFS= read -r path; do
  [ -d "$from/$path" ] && [ ! -L "$from/$path" ] && [ ! -e "$trees/$1/$path" ] || continue
  mkdir -p "$(dirname "$trees/$1/$path")"
  ln -s "$from/$path" "$trees/$1/$path"
  printf '%s\0' "$path" >> "$trees/$1.links"
done
rm -f "$ignored"
echo made "$base"
