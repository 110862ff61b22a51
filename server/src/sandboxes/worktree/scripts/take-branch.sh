# `$1` branch. As `checkout -B` does where HEAD stays, but without a look at every file of the work tree. Answers the
# base, and the digest of what of the remote is there.
git update-ref "refs/heads/$1" HEAD
git symbolic-ref HEAD "refs/heads/$1"
given_origin
echo "$(git rev-parse --verify refs/deckhand/base) $given"
