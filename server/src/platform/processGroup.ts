/** For what a process that is asked to end still has to tidy up. */
const graceMs = 1_000;
const groups = new Set<number>();

/** A group of its own lives on when the server exits, and a terminal's Ctrl-C does not reach it. */
const endAllAtExit = () => {
  for (const pid of groups) signalGroup(pid, 'SIGTERM');
};

/** Ends the group of a detached process with the server; until it ended. */
export function trackGroup(pid: number | undefined, ended: Promise<unknown>): void {
  if (pid === undefined) return;
  if (groups.size === 0) process.once('exit', endAllAtExit);
  groups.add(pid);
  void ended.finally(() => {
    groups.delete(pid);
    if (groups.size === 0) process.off('exit', endAllAtExit);
  });
}

/** The whole group, first asked, then made to. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs).unref();
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // All of it has ended.
  }
}
