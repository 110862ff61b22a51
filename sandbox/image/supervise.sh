#!/bin/bash
# PID 1. Keeps the runtime and the forwarder to the egress proxy alive and reaps orphans. As PID 1 it is the one
# process that no tool can kill: `kill -9 -1` in a command takes the runtime down, and it is back at once.
if [ ! -s /run/deckhand/boot ]; then
  # Kernels such as gVisor's have no such file.
  read -r boot 2>/dev/null < /proc/sys/kernel/random/uuid || boot=$(od -An -N16 -tx1 /dev/urandom | tr -d ' ')
  echo "$boot" > /run/deckhand/boot
fi
trap 'exit 0' TERM INT
# Laid over another image the runtime has a Node of its own beside it: the image's may be any.
runtime=/opt/deckhand/node
[ -x $runtime ] || runtime=node

hands=
forward=
while :; do
  if ! kill -0 "$hands" 2>/dev/null; then
    # The runtime asks nobody outside: reading the proxy's variables would only cost it time.
    NODE_COMPILE_CACHE=/opt/deckhand/cache $runtime --no-use-env-proxy --max-old-space-size=192 /opt/deckhand/hands.mjs &
    hands=$!
  fi
  if ! kill -0 "$forward" 2>/dev/null; then
    socat TCP-LISTEN:3128,bind=127.0.0.1,reuseaddr,fork,max-children=64 UNIX-CONNECT:/egress/proxy.sock &
    forward=$!
  fi
  started=$SECONDS
  wait -n "$hands" "$forward"
  # A runtime that cannot start must not burn the host's processor.
  [ $((SECONDS - started)) -gt 0 ] || sleep 0.05
done
