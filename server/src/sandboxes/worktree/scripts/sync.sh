# `$1` pack or empty, `$2` branch, `$3` new base, then lock files. Notes a lock file that changes before it does: a crash
# in between installs once too often, never too seldom.
pack=$1 branch=$2 base=$3
shift 3
cd "$repo"
take_in "$pack"
without_drivers
[ "$(git rev-parse HEAD)" = "$(git rev-parse refs/deckhand/base)" ] || { echo 'somebody committed there already' >&2; exit 1; }
[ $# -eq 0 ] || git diff --quiet --no-ext-diff --no-textconv HEAD "$base" -- "$@" || touch "$install_mark"
touch "$sync_mark"
git checkout --quiet -B "$branch" "$base" --
git update-ref refs/deckhand/base "$base"
rm -f "$sync_mark"
