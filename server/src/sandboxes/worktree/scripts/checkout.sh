# `$1` pack, `-` or empty, `$2` branch, `$3` base commit, `$4` saved work or empty, `$5` what is there already or empty.
# The saved commit's parent is the HEAD that the session had; what the saved commit adds to it comes back as
# uncommitted work.
[ -n "$5" ] || rm -rf "$repo"
mkdir -p "$repo"
cd "$repo"
[ -n "$5" ] || git init --quiet -b deckhand-empty
rm -f "$GIT_DIR/index.lock"
take_in "$1"
without_drivers
if [ -n "$4" ]; then
  head=$4
  [ "$(git log -1 --format=%s "$4" --)" != 'deckhand: saved work' ] || head=$(git rev-parse --verify "$4^")
  git checkout --quiet -f -B "$2" "$head" --
  git read-tree -u --reset "$4"
  git reset --quiet --mixed "$head" --
else
  git checkout --quiet -f -B "$2" "$3" --
fi
git update-ref refs/deckhand/base "$3"
