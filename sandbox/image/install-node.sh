#!/bin/sh
# Node and npm from the npm registry that the host uses: no other host needs to be reachable. Needs curl and jq.
set -eu
node_version=$1
npm_version=$2
case $(dpkg --print-architecture) in
  amd64) platform=x64 ;;
  arm64) platform=arm64 ;;
  *) echo "no Node for $(dpkg --print-architecture)" >&2; exit 1 ;;
esac

# name version directory: unpacks a package, checked against the digest that the registry names.
unpack() {
  curl -fsSL --retry 3 "${REGISTRY%/}/$1/$2" -o /tmp/package.json
  curl -fsSL --retry 3 "$(jq -r .dist.tarball /tmp/package.json)" -o /tmp/package.tgz
  expected=$(jq -r .dist.integrity /tmp/package.json)
  actual=sha512-$(openssl dgst -sha512 -binary /tmp/package.tgz | openssl base64 -A)
  [ "$actual" = "$expected" ] || { echo "$1@$2 does not match its digest" >&2; exit 1; }
  mkdir -p "$3"
  tar -xzf /tmp/package.tgz -C "$3" --strip-components=1 --no-same-owner
  rm /tmp/package.json /tmp/package.tgz
}

unpack "node-linux-$platform" "$node_version" /usr/local/node
mv /usr/local/node/bin/node /usr/local/bin/node
mv /usr/local/node/include/node /usr/local/include/node
rm -rf /usr/local/node
unpack npm "$npm_version" /usr/local/lib/node_modules/npm
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
chmod +x /usr/local/lib/node_modules/npm/bin/*-cli.js
node --version
npm --version
