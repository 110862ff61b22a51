# `$1` id of a task that is over: its tree goes, what it came to stays under its ref.
rm -rf "${trees:?}/$1" "$trees/$1.links"
git worktree prune
git update-ref -d "$(base_ref "$1")"
