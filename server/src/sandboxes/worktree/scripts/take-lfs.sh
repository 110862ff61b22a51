# `$1` content of Git LFS as a tar archive, or empty. On stdin files of which the content is here then, `blob<tab>path`
# with the id of the pointer, each ended by NUL: those that still stand as that pointer become whole. What somebody
# changed stays.
cd "$repo"
list=/tmp/deckhand-lfs-$$
trap 'rm -f "$list" "$list".*' EXIT
sort -z > "$list"
mkdir -p "$GIT_DIR/lfs/objects"
if [ -n "$1" ]; then
  tar -x -f "$1" -C "$GIT_DIR/lfs/objects"
  rm -f "$1"
fi
# For git as people and agents call it.
put_config() {
  [ "$(git config --local --get "$1" || true)" = "$2" ] || git config --local --replace-all "$1" "$2"
}
put_config filter.lfs.clean "$lfs_clean"
put_config filter.lfs.smudge "$lfs_smudge"
put_config filter.lfs.required true
without_drivers
git update-index -q --refresh > /dev/null || true
git diff-files --name-only -z | sort -z > "$list.changed"
git ls-files --stage -z | sed -zn 's/^100[0-7]* \([0-9a-f]*\) 0\t/\1\t/p' | sort -z | comm -z -12 - "$list" |
  sed -z 's/^[^\t]*\t//' | sort -z | comm -z -23 - "$list.changed" > "$list.same"
xargs -0 -r stat --printf='%s\t%F\t%n\0' -- < "$list.same" 2> /dev/null |
  sed -zn 's/^[0-9]\{1,3\}\tregular file\t//p' > "$list.pointers" || true
xargs -0 -r rm -f -- < "$list.pointers"
git checkout-index --quiet --force --index -z --stdin < "$list.pointers"
