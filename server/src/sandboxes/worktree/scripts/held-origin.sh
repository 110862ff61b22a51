# `$1` most bytes. What of the remote is there: the digest of what was given last (or nothing), then ids, one a line.
cd "$repo"
given_origin
echo "$given"
git for-each-ref --format='%(objectname)' refs/deckhand/base refs/remotes/origin refs/tags | head -c "$1"
