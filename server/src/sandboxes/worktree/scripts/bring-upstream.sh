# `$1` pack or empty, `$2` newest commit of the base branch, for whoever is to merge it.
take_in "$1"
git update-ref refs/deckhand/upstream "$2"
echo taken
