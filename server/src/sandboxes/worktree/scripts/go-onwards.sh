# `$1` pack or empty, `$2` new branch, `$3` newest base. Work goes on from there. Answers what came of it.
take_in "$1"
without_drivers
if [ "$(git symbolic-ref --quiet --short HEAD || true)" = "$2" ]; then
  take_back || { echo conflict; exit 0; }
  echo nothing; exit 0
fi
put_aside
git checkout --quiet -B "$2" "$3" --
git update-ref refs/deckhand/base "$3"
take_back && echo taken || echo conflict
