# An install may write a lock file anew, or leave files: nobody's change. What git ignores stays, and so does all that
# was somebody's work before.
[ -e "$dirty_list" ] || exit 0
cd "$repo"
without_drivers
dirty_paths > "$dirty_list.now"
comm -z -13 "$dirty_list" "$dirty_list.now" > "$dirty_list.left"
export GIT_LITERAL_PATHSPECS=1
while IFS= read -r path; do
  [ -n "$path" ] || continue
  if git cat-file -e "HEAD:$path" 2> /dev/null; then git checkout --quiet HEAD -- "$path"; else rm -rf -- "./$path"; fi
done <<PATHS
$(tr '\0' '\n' < "$dirty_list.left")
PATHS
rm -f "$dirty_list" "$dirty_list.now" "$dirty_list.left"
