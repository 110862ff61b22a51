import type { Hands } from '../hands.ts';
import { repoDir } from '../worktree/workspace.ts';
import type { Environment } from './environment.ts';

/** Output of what was started; memory, so that no image or snapshot carries it. */
const logDir = '/tmp/deckhand-start';
const defaultReadyMs = 60_000;
/** Names the processes that the environment started, so that nobody takes them for somebody's work. */
export const startedMark = 'DECKHAND_STARTED';
/** Where the output of a service, or of `start`, goes. */
export const startLog = (name: string) => `${logDir}/${name}.log`;
export const serviceDir = (name: string) => `/work/services/${name}`;

export type Started = { what: string; ok: boolean; message: string };

/** `$1` name, `$2` command, `$3` directory of the service or empty. Outlives the connection that asked for it. */
const startScript = `
mkdir -p ${logDir} \${3:+"$3"} && cd "${repoDir}" || exit 1
export ${startedMark}="$1" \${3:+DECKHAND_SERVICE_DIR="$3"}
setsid -f bash -c "$2" > "${logDir}/$1.log" 2>&1 < /dev/null
`;

/** `$1` command, `$2` seconds, `$3` directory: asked until it succeeds. */
const readyScript = `
cd "${repoDir}" && export DECKHAND_SERVICE_DIR="$3"
end=$((SECONDS + $2))
until bash -c "$1" > /dev/null 2>&1; do
  [ $SECONDS -lt $end ] || exit 1
  sleep 0.1
done
`;

/** Starts the services of an environment, each before the next, and waits until they are ready; then its `start`. */
export async function startEnvironment(
  hands: Hands,
  environment: Pick<Environment, 'services' | 'start' | 'timeoutMs'>,
  options: { only?: 'services' } = {},
): Promise<Started[]> {
  const started: Started[] = [];
  for (const [name, { start, ready }] of Object.entries(environment.services)) {
    const directory = serviceDir(name);
    const began = await script(hands, startScript, [name, start, directory]);
    const readyMs = environment.timeoutMs ?? defaultReadyMs;
    const isReady =
      began &&
      (!ready || (await script(hands, readyScript, [ready, String(readyMs / 1000), directory], readyMs)));
    const message = isReady ? '' : `service ${name} did not become ready; see ${startLog(name)}`;
    started.push({ what: name, ok: isReady, message });
  }
  const { start } = environment;
  if (start && !options.only) {
    const ok = await script(hands, startScript, ['start', start, '']);
    started.push({
      what: 'start',
      ok,
      message: ok ? '' : `start could not be run; see ${startLog('start')}`,
    });
  }
  return started;
}

async function script(hands: Hands, text: string, args: string[], timeoutMs = 10_000): Promise<boolean> {
  const done = await hands.run(['/bin/bash', '-c', text, 'deckhand', ...args], {
    timeoutMs: timeoutMs + 5_000,
  });
  return done.ok && done.code === 0;
}

/** Command lines of what people's and the agent's commands left running: not ours, and not what `start` brings back. */
const leftScript = `
self=$$
for directory in /proc/[0-9]*; do
  pid=\${directory#/proc/}
  [ "$pid" != 1 ] && [ "$pid" != $self ] || continue
  { read -r -d '' line < "$directory/cmdline"; } 2>/dev/null || [ -n "$line" ] || continue
  grep -qz '^${startedMark}=' "$directory/environ" 2>/dev/null && continue
  grep -qz '^DECKHAND_CALL_ID=' "$directory/environ" 2>/dev/null || continue
  case $line in /bin/sh) tr '\\0' ' ' < "$directory/cmdline" 2>/dev/null | grep -q '^/bin/sh /opt/deckhand/call.sh ' && continue ;; esac
  tr '\\0' ' ' < "$directory/cmdline" 2>/dev/null; echo
done
`;
const toldProcesses = 8;
const toldChars = 120;

/** What runs in the sandbox and will not come back from its disk. */
export async function leftRunning(hands: Hands): Promise<string[]> {
  const done = await hands.run(['/bin/bash', '-c', leftScript], {
    clean: true,
    timeoutMs: 5_000,
    maxOutputBytes: 256 * 1024,
  });
  if (!done.ok) return [];
  const lines = done.stdout
    .toString('utf8')
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
  return [...new Set(lines)].slice(0, toldProcesses).map(line => line.slice(0, toldChars));
}
