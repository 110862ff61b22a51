#!/bin/sh
# Runs as root in the helper container `disks`: it alone may make loop devices. /disks is a volume, /dev the host's.
# A sandbox's disk is a sparse file /disks/ID.img with ext4 in it, reached as the device node /dev/deckhand-ID.
# The node has a name of its own, never used again, and goes with the host's memory: after a reboot a mount fails,
# rather than finding another sandbox's disk under a loop number that is in use again.
set -eu

loop_of() { losetup -n -O NAME -j "/disks/$1.img" | head -n 1; }

make() {
  id=$1 bytes=$2
  [ ! -e "/disks/$id.img" ] || { echo "disk $id exists" >&2; exit 17; }
  truncate -s "$bytes" "/disks/$id.img"
  mkfs.ext4 -q -F -m 0 -O ^has_journal -E lazy_itable_init=1,nodiscard,root_owner=1000:1000 "/disks/$id.img"
  # Another helper, or anybody, may take the free device between asking and attaching.
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    loop=$(losetup -f)
    [ -b "$loop" ] || mknod "$loop" b 7 "${loop#/dev/loop}"
    losetup "$loop" "/disks/$id.img" 2>/dev/null && break
    loop=
  done
  [ -n "$loop" ] || { rm -f "/disks/$id.img"; echo 'no loop device is free' >&2; exit 1; }
  rm -f "/dev/deckhand-$id"
  mknod "/dev/deckhand-$id" b 7 "${loop#/dev/loop}"
}

drop() {
  rm -f "/dev/deckhand-$1"
  loop=$(loop_of "$1")
  [ -z "$loop" ] || losetup -d "$loop"
  rm -f "/disks/$1.img"
}

case $1 in
  make) make "$2" "$3" ;;
  drop) drop "$2" ;;
  # Every disk with its age in seconds.
  list) now=$(date +%s); for f in /disks/*.img; do [ ! -e "$f" ] || echo "$(basename "$f" .img) $((now - $(stat -c %W "$f")))"; done ;;
esac
