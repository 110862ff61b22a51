#!/bin/sh
# Runs as root while an image that is not ours is made into one that sandboxes can start from: checks that it has what
# the runtime needs, installs that where apt can, and says in one line what is missing where nothing can.
set -u
deckhand=/opt/deckhand
fail() { echo "deckhand: $*" >&2; exit 1; }

# Libraries of the runtime's Node that slim images lack; where the image has its own, that one stays.
for library in "$deckhand"/lib/*.so.?; do
  ldconfig -p 2> /dev/null | grep -q "${library##*/} " && rm -f "$library"*
done
if [ -d /etc/ld.so.conf.d ]; then
  echo "$deckhand/lib" > /etc/ld.so.conf.d/zz-deckhand.conf
  ldconfig
fi
"$deckhand/node" --version > /dev/null 2>&1 \
  || fail "the image cannot run Deckhand's runtime: that needs glibc 2.28 or newer, which Debian, Ubuntu and Fedora have and Alpine does not"

needs='bash git socat rg tar'
missing() {
  for tool in $needs; do command -v "$tool" > /dev/null 2>&1 || printf '%s ' "$tool"; done
}
absent=$(missing)
if [ -n "$absent" ] && command -v apt-get > /dev/null 2>&1; then
  packages=$(printf %s "$absent" | sed 's/\brg\b/ripgrep/')
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086  # several packages
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages
  rm -rf /var/lib/apt/lists/*
  absent=$(missing)
fi
[ -z "$absent" ] || fail "the image lacks ${absent% }, which sandboxes need; install it in a Dockerfile"

# The certificates that the host trusts beyond the usual ones.
bundle=/etc/ssl/certs/ca-certificates.crt
mkdir -p /etc/ssl/certs
if [ -s "$bundle" ]; then cat "$deckhand"/certificates/* >> "$bundle" 2> /dev/null || true
else cp "$deckhand/ca-certificates.crt" "$bundle"; fi

# A JVM of the image has a store of its own, in a form of its own.
if command -v keytool > /dev/null 2>&1; then
  for certificate in "$deckhand"/certificates/*.crt; do
    [ -e "$certificate" ] || continue
    keytool -importcert -noprompt -cacerts -storepass changeit -alias "deckhand-${certificate##*/}" \
      -file "$certificate" > /dev/null 2>&1 || true
  done
fi

# Programs ask who they run as. The image may have a user of that number already.
grep -q '^[^:]*:[^:]*:1000:' /etc/passwd || echo 'deckhand:x:1000:1000::/work/home:/bin/bash' >> /etc/passwd
grep -q '^[^:]*:[^:]*:1000:' /etc/group || echo 'deckhand:x:1000:' >> /etc/group
git config --system --replace-all safe.directory '*'
git config --system init.defaultBranch main
git config --system advice.detachedHead false
mkdir -p /work /egress && chown 1000:1000 /work /egress
chown -R 1000:1000 "$deckhand/cache"
