# `$1` name, `$2` commit of a submodule. Whether its repository is there, with that commit.
GIT_DIR="$repo/.git/modules/$1"
! git rev-parse --verify --quiet "$2^{commit}" > /dev/null 2>&1 || echo yes
