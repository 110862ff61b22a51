# `$1` pack or empty, `$2` the head that is there, `$3` the one with the same tree that takes its place.
cd "$repo"
take_in "$1"
[ "$(git rev-parse HEAD)" != "$2" ] || git reset --quiet --soft "$3" --
echo taken
