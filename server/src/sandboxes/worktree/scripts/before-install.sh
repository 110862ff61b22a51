# What is already changed or new in the tree is somebody's work: noted once, so that what an install leaves can be told
# from it. A list that is there is of an install that was cut off, before which it was made.
[ ! -e "$dirty_list" ] || exit 0
cd "$repo"
without_drivers
dirty_paths > "$dirty_list.new"
mv "$dirty_list.new" "$dirty_list"
