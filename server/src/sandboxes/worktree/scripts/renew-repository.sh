# `$1` pack, `$2` branch, `$3` base commit, `$4` saved work or empty. The repository's folder is gone or broken: a new one
# stands where the last saved work stood; the files stay as they are, what differs counts as edited.
mkdir -p "$repo"
cd "$repo"
rm -rf "$GIT_DIR"
git init --quiet -b deckhand-empty
take_in "$1"
head=${4:-$3}
[ "$(git log -1 --format=%s "$head" --)" != 'deckhand: saved work' ] || head=$(git rev-parse --verify "$head^")
git update-ref "refs/heads/$2" "$head"
git symbolic-ref HEAD "refs/heads/$2"
without_drivers
git read-tree "$head"
git update-ref refs/deckhand/base "$3"
