# What the scripts of tasks share. A task whose agent writes has a work tree of its own beside the repository, of the same
# repository: it begins from all that lies in the tree of whoever gave the task, and comes back as one commit.
trees=$work/tasks
export GIT_AUTHOR_NAME=Deckhand GIT_AUTHOR_EMAIL=deckhand@localhost
export GIT_COMMITTER_NAME=Deckhand GIT_COMMITTER_EMAIL=deckhand@localhost

# `$1` id of a task, or `-` for the repository's own tree.
tree_of() { if [ "$1" = - ]; then echo "$repo"; else echo "$trees/$1"; fi; }
base_ref() { echo "refs/deckhand/task-bases/$1"; }
work_ref() { echo "refs/deckhand/tasks/$1"; }
commit_at() { git rev-parse --verify --quiet "$1^{commit}" || true; }
is_there() { [ -e "$trees/$1/.git" ] && [ -n "$(commit_at "$(base_ref "$1")")" ]; }

# All that lies in the tree of `$1` as the id of a tree, in `$tree`; its index stays in GIT_INDEX_FILE. Links to what git
# ignores, which task-tree.sh made, are no part of it.
snapshot() {
  export GIT_WORK_TREE="$(tree_of "$1")" GIT_INDEX_FILE="/tmp/deckhand-task-$$"
  trap 'rm -f "/tmp/deckhand-task-$$"' EXIT
  cd "$GIT_WORK_TREE"
  rm -f "$GIT_INDEX_FILE"
  own=$GIT_DIR/index
  [ "$1" = - ] || own=$GIT_DIR/worktrees/$1/index
  if [ -e "$own" ]; then cp -p "$own" "$GIT_INDEX_FILE"; else git read-tree HEAD; fi
  add_all
  [ ! -e "$trees/$1.links" ] || git update-index --force-remove -z --stdin < "$trees/$1.links"
  tree=$(git write-tree)
}
