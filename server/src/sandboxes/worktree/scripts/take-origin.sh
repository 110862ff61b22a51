# `$1` pack or empty, `$2` digest, `$3` base branch, `$4` the commit of it that the work stands on, `$5` url. On stdin
# what the remote has, `sha ref` a line. Nothing is ever fetched from there: it is what people's tools ask for
# (`git diff main`, `git describe`). What was given is noted last, so that a crash in between gives it again.
cd "$repo"
list=/tmp/deckhand-origin-$$
trap 'rm -f "$list" "$list.names" "$list.before"' EXIT
cat > "$list"
take_in "$1"
sed 's/^[^ ]* //' "$list" > "$list.names"
echo refs/remotes/origin/HEAD >> "$list.names"
: > "$list.before"
[ ! -e "$origin_file" ] || sed 1d "$origin_file" > "$list.before"
stood=$(sed -n '1s/^[^ ]* //p' "$origin_file" 2> /dev/null || true)
# What is gone there. Tags that somebody made here stay. (First, since a name may be the beginning of another.)
{ git for-each-ref --format='%(refname)' refs/remotes/origin && sed -n 's/^[^ ]* \(refs[/]tags[/]\)/\1/p' "$list.before"; } |
  grep -Fxv -f "$list.names" | sed 's/^/delete /' | git update-ref --stdin
# Thousands of files, each synced to the disk by itself, would take seconds.
grep -Fxv -f "$list.before" "$list" | sed 's/^\([^ ]*\) \(.*\)$/update \2 \1/' | git -c core.fsync=none update-ref --stdin
[ "$(wc -l < "$list")" -lt 50 ] || git pack-refs --all
git symbolic-ref refs/remotes/origin/HEAD "refs/remotes/origin/$3"
# Where somebody works on it, or moved it, it is theirs.
if [ "$(git symbolic-ref --quiet HEAD || true)" != "refs/heads/$3" ]; then
  case $(git rev-parse --verify --quiet "refs/heads/$3" || true) in
    '' | "$stood") git update-ref "refs/heads/$3" "$4" || true ;;
  esac
fi
put_config() {
  [ "$(git config --local --get "$1" || true)" = "$2" ] || git config --local --replace-all "$1" "$2"
}
put_config remote.origin.url "$5"
put_config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
put_config "branch.$3.remote" origin
put_config "branch.$3.merge" "refs/heads/$3"
{ echo "$2 $4" && cat "$list"; } > "$origin_file.new"
mv "$origin_file.new" "$origin_file"
