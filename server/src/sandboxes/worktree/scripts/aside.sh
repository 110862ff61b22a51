# What the scripts share that bring in what others did: edits that are in no commit are put aside and come back, also
# after a crash in between.
export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-Deckhand}" GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-deckhand@localhost}"
export GIT_COMMITTER_NAME="${GIT_COMMITTER_NAME:-Deckhand}" GIT_COMMITTER_EMAIL="${GIT_COMMITTER_EMAIL:-deckhand@localhost}"
cd "$repo"
put_aside() {
  [ -z "$(git status --porcelain --ignore-submodules=dirty)" ] ||
    git stash push --quiet --include-untracked -m deckhand-aside
}
take_back() {
  git stash list | grep -q deckhand-aside || return 0
  # It tells of what it merges, also when it is to be quiet: the answer is the script's alone.
  git stash pop --quiet > /dev/null && return 0
  # Both sides changed the same lines: the marks stay in the files, for whoever works there to see.
  git reset --quiet > /dev/null
  git stash drop --quiet
  return 1
}
