#!/bin/sh
# summary.sh [FILE...]: failures by path, of access logs, packed or not; standard input where no file is named
set -eu

for file; do
  [ -r "$file" ] || { echo "summary.sh: cannot read $file" >&2; exit 1; }
done

read_all() {
  [ $# -gt 0 ] || cat
  for file; do
    case $file in
      *.gz) gzip -dc -- "$file" ;;
      *) cat -- "$file" ;;
    esac
  done
}

read_all "$@" | awk -F'"' '
  NF >= 3 {
    request = $2
    sub(/^[^ ]* /, "", request)
    sub(/ HTTP\/[0-9.]+$/, "", request)
    sub(/\?.*/, "", request)
    split($3, rest, " ")
    all[request]++
    if (rest[1] >= 500) failed[request]++
  }
  END { for (path in all) printf "%d/%d %s\n", failed[path], all[path], path }
' | LC_ALL=C sort -t/ -k1,1rn -k2.1
