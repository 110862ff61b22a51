# `$1` the commit to go back to. Commits that must not leave go back into the work tree, all that it holds kept.
cd "$repo"
git reset --quiet --soft "$1"
