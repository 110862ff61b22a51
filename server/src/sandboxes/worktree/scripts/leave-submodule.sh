# `$1` path. An empty folder in the place of a submodule that stands at another commit than is wanted, and that nobody
# has work in.
[ -e "$repo/$1/.git" ] || exit 0
[ -z "$(inside_changes "$1")" ] || exit 0
rm -rf "${repo:?}/$1"
mkdir "$repo/$1"
