. "$CHECKS/lib.sh"
dir=$(mktemp -d)
mkdir -p "$dir/src dir/sub" "$dir/src dir/.config" "$dir/out put"
echo 1 > "$dir/src dir/plain"
echo 2 > "$dir/src dir/with blank.txt"
echo 3 > "$dir/src dir/.hidden"
echo 4 > "$dir/src dir/sub/*star?"
echo 5 > "$dir/src dir/-dash"
echo 6 > "$dir/src dir/.config/x"
printf 7 > "$dir/src dir/new
line"
script=$PWD/backup.sh
cd "$dir" || exit 1
printed=$(bash "$script" "src dir" "out put") || fail "it failed on names"
[ -f "$printed" ] || fail "it printed: $printed"
[ "$(ls "out put" | wc -l)" = 1 ] || fail "more than the archive lies there"
mkdir back && tar xzf "$printed" -C back || fail "the archive cannot be read"
diff -r "src dir" back || fail "not all is in it"
tar tzf "$printed" | grep -q '^\./' && fail "paths begin with ./"
today=$(date +%F)
case $printed in *"backup-$today.tar.gz") ;; *) fail "another name: $printed" ;; esac
# What fails.
rm -rf "out put"/*
code=0; bash "$script" nowhere "out put" >said 2>err || code=$?
[ "$code" != 0 ] && [ -s err ] && [ ! -s said ] || fail "a source that is not there"
code=0; bash "$script" "src dir" nowhere >said 2>err || code=$?
[ "$code" != 0 ] && [ -s err ] && [ ! -s said ] || fail "a target that is not there"
code=0; bash "$script" >said 2>err || code=$?
[ "$code" != 0 ] && [ -s err ] || fail "without arguments"
[ -z "$(ls "out put")" ] || fail "something was left behind"
# A disk that is full: gzip and tar cannot write on.
mkdir bin
printf '#!/bin/bash\nhead -c 5; cat >/dev/null; echo "No space left on device" >&2; exit 1\n' > bin/gzip
printf '#!/bin/bash\n/bin/tar "$@" 2>/dev/null\nfor last; do case $last in *.tar*) echo half > "$last" ;; esac; done\necho "tar: No space left on device" >&2; exit 2\n' > bin/tar
chmod +x bin/*
code=0; PATH=$PWD/bin:$PATH bash "$script" "src dir" "out put" >said 2>err || code=$?
[ "$code" != 0 ] && [ -s err ] || fail "a full disk ends with code $code"
[ ! -e "out put/backup-$today.tar.gz" ] || fail "half an archive stands under the final name"
exit 0
