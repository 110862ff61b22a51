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
# What only looks changed would stand in its way; gone it does not, and comes back.
kept=/tmp/deckhand-sync-$$
trap 'rm -f "$kept"' EXIT
untouched_line_ends | sed -z 's/^[^\t]*\t//' > "$kept"
xargs -0 -r rm -f -- < "$kept"
git checkout --quiet -B "$branch" "$base" --
git checkout-index --quiet -z --stdin < "$kept" || true
git update-ref refs/deckhand/base "$base"
rm -f "$sync_mark"
