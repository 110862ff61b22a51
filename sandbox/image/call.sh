#!/bin/sh
# Runs one command so that it outlives the runtime, and so that nobody ever runs it twice.
# $1 journal directory of the call, $2 attempt, $3 output file, $4 command. The caller made us leader of a session.
#
# `claim.N` is a link made once, naming who made it: us (pid, start time), or the runtime, which thereby knows that
# this attempt will never start. A link holds its content from the first moment, so no reader sees half of it.
read -r stat < /proc/$$/stat
set -- "$1" "$2" "$3" "$4" ${stat##*) }
start=${24}
# Set by tests only: gives them time to kill the runtime before the claim.
[ -z "$DECKHAND_SLOW_CLAIM" ] || sleep "$DECKHAND_SLOW_CLAIM"
# By its path: the commands' PATH is theirs.
/bin/ln -sn "$$ $start" "$1/claim.$2" 2>/dev/null || exit 0

# Only builtins from here to the command: where process slots ran out, `none` says that it never started.
trap 'echo "${code-none}" > "$1/rc"' EXIT
# Of all processes in the sandbox, the kernel is to pick a command's before the runtime when memory runs out.
echo 500 > /proc/self/oom_score_adj
/bin/bash -c "$4" >> "$3" 2>&1 < /dev/null
code=$?
