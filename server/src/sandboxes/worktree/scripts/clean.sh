# Goes before every script here. The repository inside a sandbox belongs to the agent: its configuration, hooks and
# attributes may name programs, and its home may hold a `git` of its own. So our git is the image's, found in places that
# only root may write, reads no configuration but the repository's, and runs nothing that one names.
# (Commands in the sandbox run as the same user and could still answer in our place. The server believes no answer.)
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/nonexistent
LC_ALL=C
export PATH HOME LC_ALL
unset LD_PRELOAD LD_LIBRARY_PATH ENV BASH_ENV GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES \
  GIT_COMMON_DIR GIT_NAMESPACE GIT_EXTERNAL_DIFF GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_EXEC_PATH GIT_TEMPLATE_DIR

work=${WORK:-/work}
repo=$work/repo
# There while something has not been installed: a newer lock file, or all; outlives a crash and a sleep. checkout.ts knows its path.
install_mark=$work/.deckhand-install
# Paths that were changed or new before an install; there while one runs.
dirty_list=$work/.deckhand-dirty
# There while the work tree moves to a newer base.
sync_mark=$work/.deckhand-syncing

# The repository is this one, wherever its configuration says that it lies.
export GIT_DIR="$repo/.git" GIT_WORK_TREE="$repo"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1 GIT_NO_REPLACE_OBJECTS=1
export GIT_TERMINAL_PROMPT=0 GIT_EDITOR=true GIT_PAGER=cat GIT_NO_LAZY_FETCH=1
# Stronger than any configuration: no remote is asked, also not for objects that a repository says to lack.
export GIT_ALLOW_PROTOCOL=

GIT_CONFIG_COUNT=0
setting() {
  export "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT=$1" "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT=$2"
  GIT_CONFIG_COUNT=$((GIT_CONFIG_COUNT + 1))
}
setting core.hooksPath /dev/null
setting core.fsmonitor false
setting core.attributesFile /dev/null
# What tools make is left out, as in the image's own git configuration.
setting core.excludesFile /opt/deckhand/ignore
setting core.bare false
setting core.pager cat
setting diff.external ''
setting commit.gpgSign false
setting log.showSignature false
setting merge.verifySignatures false
setting gpg.program false
setting gpg.ssh.program false
# Writing tens of thousands of files is what the first checkout of a big repository waits for: on all processors.
setting checkout.workers 0
setting gc.auto 0
setting maintenance.auto false
setting submodule.recurse false
setting fetch.recurseSubmodules false
setting safe.directory '*'
export GIT_CONFIG_COUNT

# Git LFS without a program of its own: content under its SHA-256 in the repository's folder, as Git LFS itself lays it
# out, and in commits a pointer. `$lfs` is `clean` or `smudge`. What is a pointer already, or has no content here, stays
# as it is; so does what was committed whole, as long as nobody changes it. (git expands %f in such a command to the
# file's name, and nothing else that begins with %.)
lfs_filter='set -eu
here=$(git rev-parse --git-common-dir)/lfs
mkdir -p "$here/tmp"
seen=$(mktemp "$here/tmp/XXXXXXXXXX")
trap "rm -f \"$seen\"" EXIT
cat > "$seen"
bytes=$(($(wc -c < "$seen")))
oid=
if [ "$bytes" -lt 1024 ] && [ "$(head -n 1 "$seen" | tr -d "\000")" = "version https://git-lfs.github.com/spec/v1" ]; then
  oid=$(sed -n "s/^oid sha256:\([0-9a-f]\{64\}\)\$/\1/p" "$seen")
  [ -n "$oid" ] || oid=unknown
fi
place() { printf "%s/objects/%s/%s" "$here" "$(echo "$oid" | cut -c 1-2)" "$(echo "$oid" | cut -c 3-4)"; }
if [ "$lfs" = smudge ] && [ -n "$oid" ] && [ -f "$(place)/$oid" ]; then cat "$(place)/$oid"
elif [ "$lfs" = smudge ] || [ -n "$oid" ] || [ "$bytes" -eq 0 ]; then cat "$seen"
elif [ "$(git rev-parse --quiet --verify "HEAD:$file")" = "$(git hash-object --no-filters --stdin < "$seen")" ]; then cat "$seen"
else
  oid=$(sha256sum < "$seen" | cut -c 1-64)
  mkdir -p "$(place)"
  chmod 644 "$seen"
  mv -f "$seen" "$(place)/$oid"
  printf "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %s\n" "$oid" "$bytes"
fi'
lfs_clean="lfs=clean file=%f
$lfs_filter"
lfs_smudge="lfs=smudge file=%f
$lfs_filter"

# Before anything that reads or writes the work tree: programs that convert, compare or merge files are left out, under
# whatever names the repository's configuration has them. What conflicts is merged as text.
without_drivers() {
  drivers='^(filter|diff|merge)[.].*[.](clean|smudge|process|required|command|textconv|driver)$'
  keys=$(git config --name-only --get-regexp "$drivers" || true)
  while IFS= read -r key; do
    case $key in
      '') ;;
      merge.*.driver) setting "$key" 'git merge-file --marker-size=%L %A %O %B' ;;
      # Where there is one, empty or not, git asks neither of the others.
      filter.lfs.process) git config --local --unset-all filter.lfs.process || true ;;
      filter.*.required) setting "$key" false ;;
      *) setting "$key" '' ;;
    esac
  done <<KEYS
$keys
KEYS
  setting filter.lfs.clean "$lfs_clean"
  setting filter.lfs.smudge "$lfs_smudge"
  setting filter.lfs.required true
}

# `$1` path of a submodule. Something where work lies in it that is in no commit of its own, or that cannot be told. Its
# configuration is the agent's like that of the repository: the programs that it names are left out, too.
inside_changes() (
  GIT_DIR="$repo/$1/.git" GIT_WORK_TREE="$repo/$1"
  cd "$GIT_WORK_TREE" || { echo unclear; exit 0; }
  without_drivers
  changes=$(git status --porcelain) || { echo unclear; exit 0; }
  [ -z "$changes" ] || echo changed
)

# Repositories inside the repository that it does not know as submodules, one a line. (Git names a folder that it does
# not look into with a slash at its end.)
inner_repositories() {
  git -c core.quotePath=false ls-files --others --exclude-standard | sed -n 's|/$||p'
}

# Paths that differ from HEAD or are in no commit and not ignored: sorted, each with a null byte behind it.
dirty_paths() {
  { git diff --name-only -z HEAD --; git ls-files -z --others --exclude-standard; } | sort -z -u
}

# Files that nobody touched, and that git would write anew all the same: their line ends in the repository are not those
# that its attributes ask for. As entries of the index, `mode id stage<tab>path`, each ended by NUL.
untouched_line_ends() {
  [ -n "$(git ls-files -- '*.gitattributes' | head -c 1)" ] || return 0
  git ls-files --modified --eol -z |
    grep -zE '^i/(crlf|mixed) +w/(crlf|mixed) +attr/text' | sed -z 's/^[^\t]*\t//' > "/tmp/deckhand-eol-$$" || true
  if [ -s "/tmp/deckhand-eol-$$" ]; then
    GIT_LITERAL_PATHSPECS=1 xargs -0 git ls-files --stage -z -- < "/tmp/deckhand-eol-$$" > "/tmp/deckhand-eol-$$.index"
    xargs -0 git hash-object --no-filters -- < "/tmp/deckhand-eol-$$" | tr '\n' '\0' |
      paste -z -d ' ' - "/tmp/deckhand-eol-$$.index" | sed -znE 's/^([0-9a-f]+) ([0-7]+ \1 0\t)/\2/p'
  fi
  rm -f "/tmp/deckhand-eol-$$" "/tmp/deckhand-eol-$$.index"
}

# Stages all that there is, without repositories inside (one without a commit fails it all, of another nothing but the
# id of a commit would be kept) and with what nobody touched as it is. Arguments are git add's own.
add_all() {
  untouched_line_ends > "/tmp/deckhand-kept-$$"
  inner_repositories | sed 's|^|:(exclude,top,literal)|' > "/tmp/deckhand-inner-$$"
  if [ -s "/tmp/deckhand-inner-$$" ]; then
    git add -A "$@" --pathspec-from-file="/tmp/deckhand-inner-$$" || { rm -f "/tmp/deckhand-inner-$$"; return 1; }
  else
    git add -A "$@"
  fi
  [ ! -s "/tmp/deckhand-kept-$$" ] || git update-index -z --index-info < "/tmp/deckhand-kept-$$"
  rm -f "/tmp/deckhand-inner-$$" "/tmp/deckhand-kept-$$"
}

# What is staged whole of files that Git LFS keeps becomes pointers: somebody may have staged it past the filter.
as_pointers() {
  git grep --quiet --cached --fixed-strings filter=lfs -- .gitattributes '**/.gitattributes' 2> /dev/null || return 0
  git diff --cached --name-only --diff-filter=ACMRT -z --no-ext-diff HEAD -- | git check-attr --stdin -z filter |
    sed -z 'N;N;s/\x00/\t/g' | sed -zn 's/^\(.*\)\tfilter\tlfs$/\1/p' |
    GIT_LITERAL_PATHSPECS=1 xargs -0 -r git add --renormalize --
}

# `$1` a pack of objects that the server sent, `-` for one that comes on stdin, or empty where nothing is missing. A pack
# names no ref and no remote.
take_in() {
  [ -n "$1" ] || return 0
  [ "$1" != - ] || { git index-pack --stdin --fix-thin > /dev/null; return; }
  git index-pack --stdin --fix-thin < "$1" > /dev/null || return 1
  rm -f "$1"
}

# What of the remote was given last: its digest and the base commit, then `sha ref` lines.
origin_file="$GIT_DIR/deckhand-origin"
# Its digest in `given`; nothing but zeros where there is none. Nothing is run for it: every claim asks.
given_origin() {
  given=
  [ ! -e "$origin_file" ] || read -r given _ < "$origin_file" || true
  case $given in *[!0-9a-f]*) given= ;; esac
  [ ${#given} -eq 64 ] || given=0000000000000000000000000000000000000000000000000000000000000000
}
