# `$1` pack or empty, `$2` name, `$3` path, `$4` url, `$5` commit of a submodule: where git itself would put it, at that
# commit. Work that somebody has in there stays.
[ -e "$repo/$3/.git" ] || rmdir "$repo/$3" 2> /dev/null || [ ! -e "$repo/$3" ] || exit 0
git config --local "submodule.$2.url" "$4"
git config --local "submodule.$2.active" true
export GIT_DIR="$repo/.git/modules/$2" GIT_WORK_TREE="$repo/$3"
mkdir -p "$GIT_DIR" "$GIT_WORK_TREE"
[ -e "$GIT_DIR/HEAD" ] || git init --quiet -b deckhand-empty
take_in "$1"
git config core.worktree "$GIT_WORK_TREE"
[ -e "$GIT_WORK_TREE/.git" ] || echo "gitdir: $GIT_DIR" > "$GIT_WORK_TREE/.git"
cd "$GIT_WORK_TREE"
without_drivers
git checkout --quiet --detach "$5" --
