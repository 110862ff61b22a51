# `$1` id of a task, `$2` whose tree its commit is merged into: another task's id, or `-`. Answers `merged`, `nothing`
# where it is in there already, or `conflict` with the paths; then nothing was touched. Done again it changes nothing.
without_drivers
sha=$(commit_at "$(work_ref "$1")")
base=$(git rev-parse "$sha^")
snapshot "$2"
ours=$(git commit-tree "$tree" -p "$base" -m 'deckhand: before a merge')
result="/tmp/deckhand-merge-$$"
code=0
git merge-tree --write-tree --no-messages --name-only -z "$ours" "$sha" > "$result" || code=$?
if [ "$code" -eq 1 ]; then
  printf 'conflict\0'
  tail -z -n +2 "$result" | head -z -n 50
elif [ "$code" -ne 0 ]; then
  rm -f "$result"
  exit "$code"
else
  merged=$(head -z -n 1 "$result" | tr -d '\0')
  if [ "$merged" = "$tree" ]; then printf 'nothing\0'
  # The index is that of the tree as it is: whatever changed since stops it before anything is written.
  elif git read-tree -m -u "$tree" "$merged"; then printf 'merged\0'
  else printf 'busy\0'; fi
fi
rm -f "$result"
