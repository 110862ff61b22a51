#!/usr/bin/env bash
# deploy.sh [-n|--dry-run] [--] VERSION [NOTE]: puts releases/VERSION into service.
set -euo pipefail

usage='usage: deploy.sh [-n|--dry-run] [--] VERSION [NOTE]'
refuse() {
  echo "$usage" >&2
  exit 2
}

dry=false
while [ $# -gt 0 ]; do
  case $1 in
    -n | --dry-run) dry=true ;;
    --) shift; break ;;
    -*) refuse ;;
    *) break ;;
  esac
  shift
done

root=${DEPLOY_ROOT:-/srv/app}
version=${1:?$usage}
note=${2:-}

[ -d "$root/releases/$version" ] || { echo "no release $version" >&2; exit 1; }
need=$(du -sk "$root/releases/$version" | cut -f1)
free=$(df -Pk "$root" | awk 'NR == 2 { print $4 }')
[ "$free" -gt "$need" ] || { echo "not enough room" >&2; exit 1; }

step() {
  if $dry; then
    local words
    printf -v words '%q ' "$@"
    echo "would: ${words% }"
  else
    "$@"
  fi
}

step mkdir -p "$root/backup"
if [ -e "$root/current" ]; then
  step cp -a "$root/current/." "$root/backup/"
fi
step ln -sfn "$root/releases/$version" "$root/current"
if $dry; then
  printf "would: printf '%%s %%s\\\\n' %q %q >> %q\n" "$version" "$note" "$root/history"
  printf 'would: echo %q\n' "deployed $version"
else
  printf '%s %s\n' "$version" "$note" >> "$root/history"
  echo "deployed $version"
fi
