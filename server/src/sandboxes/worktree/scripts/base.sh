# The base commit of the repository in there; nothing where none is whole: that ref is written last.
git rev-parse --verify --quiet refs/deckhand/base || true
