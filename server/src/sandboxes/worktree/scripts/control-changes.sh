# `$1` that id, `$2` where the terminal's shell remembers what was typed, `$3` and `$4` how many commits and bytes of that
# are told. Answers entries that end in NUL, the first letter says what each is: `t` when control was taken (epoch seconds;
# without it nothing is known), `c` a commit, `m` that HEAD does not stand on what it was any more, `h` the end of what was
# typed, `f` a file as `git diff --numstat` has it. Files come last: there may be more of them than anybody takes.
without_drivers
mark=$(commit_at "refs/deckhand/control/$1")
[ -n "$mark" ] || exit 0
printf 't%s\0' "$(git log -1 --format=%ct "$mark")"
was=$(git rev-parse "$mark^")
git log -z --no-mailmap --no-notes --no-color --max-count="$3" --format='c%h%x09%an%x09%s' "$was..HEAD"
git merge-base --is-ancestor "$was" HEAD || printf 'm\0'
if [ -f "$2" ] && [ ! -L "$2" ]; then
  printf h
  tail -c "$4" "$2" | tr -d '\000'
  printf '\0'
fi
snapshot -
git diff --numstat -z --no-renames --no-ext-diff --no-textconv "$mark" "$tree" | sed -z 's/^/f/'
