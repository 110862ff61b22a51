#!/bin/bash
# backup.sh SOURCE TARGET: packs SOURCE into TARGET/backup-DATE.tar.gz
set -euo pipefail

fail() {
  echo "backup.sh: $1" >&2
  exit 1
}

[ $# = 2 ] || fail "usage: backup.sh SOURCE TARGET"
[ -d "$1" ] || fail "no such directory: $1"
[ -d "$2" ] || fail "no such directory: $2"

archive=$2/backup-$(date +%F).tar.gz
draft=$(mktemp "$2/.backup.XXXXXX")
trap 'rm -f "$draft"' EXIT

(cd "$1" && find . -type f -print0 | sed -z 's|^\./||') |
  tar -cz -C "$1" --null --verbatim-files-from -T - -f - > "$draft" || fail "the archive could not be written"
mv "$draft" "$archive"
echo "$archive"
