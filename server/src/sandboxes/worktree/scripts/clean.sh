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
# There while a newer lock file has not been installed; outlives a crash and a sleep. checkout.ts knows its path.
install_mark=$work/.deckhand-install
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
setting core.bare false
setting core.pager cat
setting diff.external ''
setting commit.gpgSign false
setting log.showSignature false
setting merge.verifySignatures false
setting gpg.program false
setting gpg.ssh.program false
setting gc.auto 0
setting maintenance.auto false
setting submodule.recurse false
setting fetch.recurseSubmodules false
setting safe.directory '*'
export GIT_CONFIG_COUNT

# Before anything that reads or writes the work tree: programs that convert, compare or merge files are left out, under
# whatever names the repository's configuration has them. What conflicts is merged as text.
without_drivers() {
  drivers='^(filter|diff|merge)[.].*[.](clean|smudge|process|required|command|textconv|driver)$'
  keys=$(git config --name-only --get-regexp "$drivers" || true)
  while IFS= read -r key; do
    case $key in
      '') ;;
      merge.*.driver) setting "$key" 'git merge-file --marker-size=%L %A %O %B' ;;
      filter.*.required) setting "$key" false ;;
      *) setting "$key" '' ;;
    esac
  done <<KEYS
$keys
KEYS
}

# `$1` a pack of objects that the server sent, or empty where nothing is missing. A pack names no ref and no remote.
take_in() {
  [ -n "$1" ] || return 0
  git index-pack --stdin --fix-thin < "$1" > /dev/null || return 1
  rm -f "$1"
}
