# `$1` name, `$2` address. Read at once and written only where another: each call of git takes its time.
wanted=$(printf 'user.email %s\nuser.name %s' "$2" "$1")
there=$(git config --local --get-regexp '^user[.](name|email)$' | sort) || true
[ "$there" != "$wanted" ] || exit 0
git config --local --replace-all user.name "$1"
git config --local --replace-all user.email "$2"
