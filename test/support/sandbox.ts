import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from './engine.ts';
import { patienceMs } from './patience.ts';

/** The running container of a session. */
export async function containerOf(sessionId: string) {
  const found = await docker.listContainers({ filters: { label: [`deckhand.session=${sessionId}`] } });
  const [first] = found;
  if (!first) throw new Error(`no sandbox of ${sessionId} runs`);
  return docker.getContainer(first.Id);
}

/** Command lines of all processes in a session's sandbox, as the host sees them. */
export async function processesOf(sessionId: string): Promise<string[]> {
  const container = await containerOf(sessionId);
  const { Processes } = (await container.top({ ps_args: '-eo pid,args' })) as { Processes: string[][] };
  return Processes.map(([, ...args]) => args.join(' '));
}

/** Waits until a process whose command line begins with this runs in there (or none does any more). */
export async function process(sessionId: string, part: string, wanted: 'runs' | 'gone'): Promise<void> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const found = await processesOf(sessionId).catch(() => []);
    if (found.some(line => line.startsWith(part)) === (wanted === 'runs')) return;
    if (Date.now() > deadlineMs) throw new Error(`${part} is not ${wanted}: ${found.join('\n')}`);
    await sleep(50);
  }
}

/** Runs a shell command in a session's sandbox, past Deckhand. Answers its output. */
export async function inside(sessionId: string, command: string, user = '1000:1000'): Promise<string> {
  const container = await containerOf(sessionId);
  const exec = await container.exec({
    Cmd: ['sh', '-c', command],
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
    User: user,
  });
  const stream = await exec.start({ Tty: true });
  return (await text(stream)).replaceAll('\r\n', '\n');
}
