# The saved work as a bundle that needs only the base commit.
exec git bundle create --quiet - refs/deckhand/saved ^refs/deckhand/base
