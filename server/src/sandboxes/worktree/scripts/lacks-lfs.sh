# On stdin ids and sizes of content of Git LFS, `oid bytes` a line. Answers those that are not here.
here=$GIT_DIR/lfs/objects
mkdir -p "$here"
find "$here" -type f -printf '%f %s\n' | sort > "/tmp/deckhand-lfs-$$"
sort -u | comm -23 - "/tmp/deckhand-lfs-$$"
rm -f "/tmp/deckhand-lfs-$$"
