#!/bin/sh
# Runs as root in the helper container `disks`: it alone may make loop devices. /disks is a volume, /dev the host's.
#
# A sandbox's disk is a sparse file /disks/store/live/ID.img with ext4 in it, reached as the device node /dev/deckhand-ID.
# The node has a name of its own, never used again, and goes with the host's memory: after a reboot a mount fails,
# rather than finding another sandbox's disk under a loop number that is in use again.
#
# A named disk is a symlink /disks/store/named/NAME to a file in /disks/store/files, with what is said of it beside that
# as JSON. Replacing one is a rename of the symlink: whoever dies on the way leaves the old one as it was, and at most
# a file that no symlink names, which `tidy` removes.
#
# Usage: disks.sh serve BUDGET     requests on stdin, see the end of this file
set -eu
. /opt/deckhand/store.sh

loop_of() { losetup -n -O NAME -j "$1" | head -n 1; }

attach() {
  id=$1
  (
    # One at a time: asking for a free device and taking it are two steps. Strangers may still come in between.
    flock 9
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      loop=$(losetup -f)
      [ -b "$loop" ] || mknod "$loop" b 7 "${loop#/dev/loop}"
      if losetup "$loop" "$store/live/$id.img" 2>/dev/null; then
        rm -f "/dev/deckhand-$id"
        mknod "/dev/deckhand-$id" b 7 "${loop#/dev/loop}"
        exit 0
      fi
    done
    echo 'no loop device is free' >&2
    exit 1
  ) 9> /run/attach.lock
}

new_id() { [ ! -e "$store/live/$1.img" ] || { echo "disk $1 exists" >&2; return 17; }; }
or_drop() { code=$?; drop "$1"; return "$code"; }

# Formatted once for each size where copies are free. With a journal: a copy of a disk in use must be whole.
make() {
  id=$1 bytes=$2
  new_id "$id"; room
  file=$store/live/$id.img
  if [ "$mode" = reflink ]; then
    template=$store/template-$bytes
    [ -e "$template" ] || { format "$template.$id" "$bytes" && mv -f "$template.$id" "$template"; }
    cp --reflink=always "$template" "$file" || or_drop "$id"
  else
    format "$file" "$bytes" || or_drop "$id"
  fi
  attach "$id" || or_drop "$id"
}

format() {
  # Some 16 MiB of journal are enough, and what mkfs takes by itself is less on a small disk.
  if [ "$2" -ge 1073741824 ]; then journal=16; else journal=4; fi
  truncate -s "$2" "$1" && mkfs.ext4 -q -F -m 0 -J size=$journal \
    -E lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=1000:1000 "$1" || { rm -f "$1"; return 1; }
}

# A disk that begins as a copy of a named one, and grows where that is smaller. Prints what is said of the named one.
copy() {
  name=$1 id=$2 bytes=$3
  new_id "$id"; room
  from=$(readlink "$store/named/$name") || { echo "disk $name does not exist" >&2; return 44; }
  file=$store/live/$id.img
  duplicate "$store/named/$name" "$file" || or_drop "$id"
  [ "$(stat -c %s "$file")" -ge "$bytes" ] || grow "$file" "$bytes" || or_drop "$id"
  attach "$id" || or_drop "$id"
  cat "$store/named/$from.json" 2>/dev/null || echo '{}'
}

# Rare, and slow for a disk of many files: it wants a full check first. (A mounted one the kernel would grow without,
# for CAP_SYS_RESOURCE, which not every engine has to give.)
grow() {
  truncate -s "$2" "$1"
  e2fsck -fp "$1" > /dev/null || [ $? -le 1 ] || return 1
  resize2fs "$1" > /dev/null 2>&1
}

# Runs a command with a mount of the disk at /mnt. The mount is one more of the same file system where a sandbox has it,
# and is gone with the command, however that ends.
mounted() {
  unshare -m sh -c 'mount -t ext4 -o noatime,nosuid,nodev "$1" /mnt && eval "$2"' - "/dev/deckhand-$1" "$2"
}

# The disk of a running sandbox, as it is now, under a name. Where copies are free they are of one moment, so the
# journal makes them whole; else writes have to wait until the copy is done.
keep() {
  id=$1 name=$2 about=$3
  [ -e "$store/live/$id.img" ] || { echo "disk $id does not exist" >&2; return 44; }
  room
  file=$(fresh "$name")
  if [ "$mode" = reflink ]; then
    mounted "$id" 'sync -f /mnt' && duplicate "$store/live/$id.img" "$file"
  else
    export from="$store/live/$id.img" to="$file"
    mounted "$id" 'sync -f /mnt; trap "fsfreeze -u /mnt" EXIT; fsfreeze -f /mnt; sync "$from"; cp --sparse=always "$from" "$to"'
  fi || {
    [ "$mode" = reflink ] || mounted "$id" 'fsfreeze -u /mnt' 2>/dev/null || true
    rm -f "$file"
    return 1
  }
  publish "$name" "$file" "$about"
}

# The disk itself gets the name, beside its own: it may be dropped then.
link() {
  id=$1 name=$2 about=$3
  [ -e "$store/live/$id.img" ] || { echo "disk $id does not exist" >&2; return 44; }
  file=$(fresh "$name")
  ln "$store/live/$id.img" "$file"
  publish "$name" "$file" "$about"
}

duplicate() {
  if [ "$mode" = reflink ]; then cp --reflink=always "$1" "$2"; else cp --sparse=always "$1" "$2"; fi || { rm -f "$2"; return 1; }
}

fresh() { mktemp -u "$store/files/$1.XXXXXXXXXX.img"; }

publish() {
  name=$1 file=$2 link=$2.link
  if printf %s "$3" | base64 -d > "$file.json" && sync "$file.json" && ln -s "../files/${file##*/}" "$link"; then
    old=$(readlink "$store/named/$name" || true)
    mv -T "$link" "$store/named/$name"
    [ -z "$old" ] || rm -f "$store/named/$old" "$store/named/$old.json"
    sync "$store/named"
    stat -c '%b %B' "$file"
  else
    rm -f "$file" "$file.json" "$link"
    return 1
  fi
}

forget() {
  old=$(readlink "$store/named/$1") || return 0
  rm -f "$store/named/$1" "$store/named/$old" "$store/named/$old.json"
}

drop() {
  rm -f "/dev/deckhand-$1"
  # The second place is where disks were before there was a store.
  for file in "$store/live/$1.img" "/disks/$1.img"; do
    [ -e "$file" ] || continue
    loop=$(loop_of "$file")
    # Somebody may drop the same disk: detached is detached.
    [ -z "$loop" ] || losetup -d "$loop" 2>/dev/null || [ -z "$(loop_of "$file")" ]
    rm -f "$file"
  done
}

# Every disk of a sandbox with its age in seconds.
list() {
  now=$(date +%s)
  for f in "$store"/live/*.img /disks/disk-*.img; do
    [ ! -e "$f" ] || echo "$(basename "$f" .img) $((now - $(stat -c %W "$f")))"
  done
}

# Every named disk: name, age in seconds, size, blocks of 512 bytes it holds (shared ones too), what is said of it.
named() {
  now=$(date +%s)
  for f in "$store"/named/*; do
    about=$(readlink "$f") || continue
    sizes=$(stat -L -c '%s %b' "$f" 2>/dev/null) || continue
    made=$(stat -c %Y "$store/named/$about.json" 2>/dev/null || echo "$now")
    echo "${f##*/} $((now - made)) $sizes $(base64 -w0 < "$store/named/$about.json" 2>/dev/null || true)"
  done
}

# What a copy left that did not come to its end, older than so many minutes.
tidy() {
  find "$store/files" -type l -mmin "+$1" -delete
  find "$store/files" -name '*.img' -mmin "+$1" | while read -r file; do
    name=${file##*/} name=${name%.*.img}
    [ "$(readlink "$store/named/$name")" = "../files/${file##*/}" ] || rm -f "$file" "$file.json"
  done
}

# A line is a number and an operation; the answer is the number, an exit code, and what was printed, as base64.
answer() {
  set +e
  said=$(set -e; "$@" 2>&1)
  printf '%s %s %s\n' "$request" "$?" "$(printf %s "$said" | base64 -w0)" > "/run/answer.$request.$$"
  flock /run/answer.lock cat "/run/answer.$request.$$"
  rm -f "/run/answer.$request.$$"
}

serve() {
  budget=$1
  request=0
  # A store that cannot be opened is an answer too, and the last one.
  opened=$(open_store "$budget" 2>&1) || { printf '0 1 %s\n' "$(printf %s "$opened" | base64 -w0)"; exit 1; }
  read -r mode < "$store/mode"
  printf '0 0 %s\n' "$(printf %s "$mode" | base64 -w0)"
  while read -r request operation arguments; do
    # shellcheck disable=SC2086  # arguments hold no blanks
    answer "$operation" $arguments < /dev/null &
  done
}

"$@"
