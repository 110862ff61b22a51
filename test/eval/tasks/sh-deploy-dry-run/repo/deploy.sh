#!/usr/bin/env bash
# deploy.sh VERSION [NOTE]: puts releases/VERSION into service.
set -euo pipefail

root=${DEPLOY_ROOT:-/srv/app}
version=${1:?usage: deploy.sh VERSION [NOTE]}
note=${2:-}

[ -d "$root/releases/$version" ] || { echo "no release $version" >&2; exit 1; }
need=$(du -sk "$root/releases/$version" | cut -f1)
free=$(df -Pk "$root" | awk 'NR == 2 { print $4 }')
[ "$free" -gt "$need" ] || { echo "not enough room" >&2; exit 1; }

mkdir -p "$root/backup"
if [ -e "$root/current" ]; then
  cp -a "$root/current/." "$root/backup/"
fi
ln -sfn "$root/releases/$version" "$root/current"
printf '%s %s\n' "$version" "$note" >> "$root/history"
echo "deployed $version"
