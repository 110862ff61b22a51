# Arguments: directories in the home that stay, e.g. `.npm`. The repository keeps its objects and nothing else.
cd "$work"
rm -rf .deckhand-keep services
mkdir .deckhand-keep
for cache in "$@"; do
  [ -e "home/$cache" ] || continue
  mkdir -p ".deckhand-keep/$(dirname "$cache")"
  mv "home/$cache" ".deckhand-keep/$cache"
done
rm -rf home
mv .deckhand-keep home
cd "$repo"
without_drivers
git clean -ffdxq
git checkout --quiet -f HEAD --
