# Part of disks.sh: where the files of disks lie. /disks/store is, by what the engine's kernel can do,
#   reflink: a folder of the volume, whose file system shares blocks between copies of a file, or
#            xfs, which does so, in the one sparse file /disks/store.img;
#   sparse:  a folder of the volume. Copies cost time and space.
store=/disks/store
# Of the host's disk this stays free: a store that promised more than there is loses what is in it.
reserve=$((512 * 1024 * 1024))
smallest=$((512 * 1024 * 1024))

# Under a lock: helpers and servers may look at the same time, and no file system may be mounted twice over two
# devices. `mount` takes the loop device that the file has already, if another helper left it in use.
open_store() {
  (
    flock 9
    [ ! -e "$store/mode" ] || { [ ! -e /disks/store.img ] || widen "$1"; exit 0; }
    mkdir -p "$store"
    if [ -e /disks/store.img ]; then
      # Never another store in the empty folder below.
      mount_store && widen "$1" || exit 1
    elif shares_blocks /disks; then
      echo reflink > "$store/mode.new"
    elif make_store "$1"; then
      echo reflink > "$store/mode.new"
    else
      echo sparse > "$store/mode.new"
    fi
    mkdir -p "$store/live" "$store/files" "$store/named"
    # What the file system keeps for itself is no disk's.
    [ -e "$store/empty" ] || used > "$store/empty"
    [ ! -e "$store/mode.new" ] || mv "$store/mode.new" "$store/mode"
  ) 9> /disks/.lock || return 1
  # A helper that was killed while it copied a disk may have left it frozen.
  [ "$(cat "$store/mode")" = reflink ] || thaw
}

shares_blocks() {
  echo probe > "$1/.probe"
  cp --reflink=always "$1/.probe" "$1/.probe2" 2>/dev/null && shared=0 || shared=1
  rm -f "$1/.probe" "$1/.probe2"
  return $shared
}

# As large as it may ever become: it is sparse. The budget is held by `room`, with some space beyond for what runs.
wanted() {
  # shellcheck disable=SC2046  # two numbers
  set -- "$1" $(stat -f -c '%S %b' /disks)
  if [ "$1" -gt 0 ]; then size=$(($1 + $1 / 4 + smallest)); else size=$(($2 * $3 * 9 / 10)); fi
  [ "$size" -ge "$smallest" ] || size=$smallest
  echo $((size / 1048576 * 1048576))
}

make_store() {
  truncate -s "$(wanted "$1")" /disks/store.new \
    && mkfs.xfs -q -m reflink=1,crc=1 -l size=64m /disks/store.new \
    && mv /disks/store.new /disks/store.img \
    && mount_store && shares_blocks "$store" && return 0
  umount "$store" 2>/dev/null || true
  rm -f /disks/store.new /disks/store.img
  return 1
} >&2

mount_store() {
  free=$(losetup -f)
  [ -b "$free" ] || mknod "$free" b 7 "${free#/dev/loop}"
  mount -t xfs -o loop,noatime,nosuid,nodev,discard /disks/store.img "$store"
}

# A larger budget takes effect the next time a server starts; a store never shrinks.
widen() {
  size=$(wanted "$1")
  [ "$size" -gt $(($(stat -c %s /disks/store.img) + 64 * 1024 * 1024)) ] || return 0
  truncate -s "$size" /disks/store.img
  losetup -c "$(losetup -n -O NAME -j /disks/store.img | head -n 1)"
  xfs_growfs -d "$store" > /dev/null
}

thaw() {
  for node in /dev/deckhand-*; do
    case $(losetup -n -O BACK-FILE "$node" 2>/dev/null) in
      "$store"/live/*) unshare -m sh -c 'mount -t ext4 "$1" /mnt && fsfreeze -u /mnt' - "$node" 2>/dev/null || true ;;
    esac
  done
}

used() {
  if [ ! -e /disks/store.img ]; then du -s -B1 "$store" | cut -f1; return; fi
  # shellcheck disable=SC2046  # numbers
  set -- $(stat -f -c '%S %b %f' "$store")
  echo $(($1 * ($2 - $3)))
}

# Size of the store's file system, what is used of it, what is free in it, what the host has free; bytes.
usage() {
  # shellcheck disable=SC2046  # numbers
  set -- $(stat -f -c '%S %b %f %a' "$store" /disks)
  host=$(($5 * $8))
  read -r empty < "$store/empty"
  if [ -e /disks/store.img ]; then free=$(($1 * $3)); else free=$host; fi
  echo "$(($1 * $2)) $(($(used) - empty)) $free $host"
}

room() {
  # shellcheck disable=SC2046  # numbers
  set -- $(usage)
  [ "$4" -ge "$reserve" ] && [ "$3" -ge $((32 * 1024 * 1024)) ] || { echo 'No space left on the engine' >&2; return 28; }
  [ "$budget" -eq 0 ] || [ "$2" -lt "$budget" ] || { echo 'No space left in the budget for disks' >&2; return 28; }
}
