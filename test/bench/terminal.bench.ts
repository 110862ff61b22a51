import { done } from '../emulators/model/index.ts';
import { docker } from '../support/engine.ts';
import { openStack } from '../support/stack.ts';
import { lookAtTerminal } from '../support/terminal.ts';
import { p50p95, percentile, type Row, timed } from './figures.ts';

const keys = 300;
const floodBytes = 10_000_000;
const flood = `head -c ${floodBytes} /dev/zero | tr '\\0' x | fold -w 79; echo over-$((40+2))`;

/** Something that a shell echoes, and what it said so far. */
type Shell = { type: (text: string) => void; until: (is: (said: string) => boolean) => Promise<void> };

/** A key until the shell's echo of it is back, one after the other, as fast as they come. */
async function echoes(shell: Shell): Promise<number[]> {
  const figures: number[] = [];
  for (let n = 0; n < keys; n++) {
    const mark = `k${n}k`;
    for (const key of mark.slice(0, -1)) shell.type(key);
    await shell.until(said => said.endsWith(mark.slice(0, -1)));
    figures.push(
      await timed(async () => {
        shell.type('k');
        await shell.until(said => said.endsWith(mark));
      }),
    );
    // The line is begun anew: one that is full wraps.
    shell.type('\x15');
  }
  return figures;
}

const floods = (shell: Shell) =>
  timed(async () => {
    shell.type(`${flood}\r`);
    await shell.until(said => said.includes('over-42'));
  });

/** `docker exec -it … bash`, without anything of ours in between. */
async function bareShell(container: string): Promise<Shell & { close: () => void }> {
  const exec = await docker.getContainer(container).exec({
    Cmd: ['/bin/bash', '-i'],
    Env: ['TERM=xterm-256color'],
    AttachStdin: true,
    AttachStdout: true,
    Tty: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
  let said = '';
  let wake = () => {};
  stream.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-100_000);
    wake();
  });
  return {
    type: text => void stream.write(text),
    async until(is) {
      while (!is(said))
        await new Promise<void>(resolve => {
          wake = resolve;
        });
    },
    close: () => stream.destroy(),
  };
}

export async function run(): Promise<Row[]> {
  const stack = await openStack();
  try {
    stack.model.script('begin', [done()]);
    const session = await stack.ask('Begin #begin');
    await session.finished();
    const look = lookAtTerminal(stack.client, session.sessionId);
    await look.is('open');
    const ours: Shell = { type: look.type, until: is => look.until(() => is(look.shown())) };
    const echoed = await echoes(ours);
    const listed = await stack.client.http['sandbox.list']({});
    const sandbox = listed.ok
      ? listed.sandboxes.find(({ sessionId }) => sessionId === session.sessionId)
      : undefined;
    const bare = await bareShell(`deckhand-${sandbox?.sandboxId}`);
    const bareEchoed = await echoes(bare);
    const [flooded, bareFlooded] = [await floods(ours), await floods(bare)];
    const reopened = await timed(async () => {
      const other = lookAtTerminal(stack.client, session.sessionId);
      await other.is('open');
      other.close();
    });
    bare.close();
    look.close();
    const p95 = percentile(echoed, 0.95);
    return [
      {
        what: 'Terminal: a key until its echo is back',
        ours: p50p95(echoed),
        bare: `docker exec -it ${p50p95(bareEchoed)}`,
        ratio: p95 / percentile(bareEchoed, 0.95),
        target: 'p95 30 ms',
        met: p95 <= 30,
      },
      {
        what: 'Terminal: 10 MB of output shown to its end',
        ours: `${(flooded / 1000).toFixed(1)} s`,
        bare: `docker exec -it ${(bareFlooded / 1000).toFixed(1)} s`,
        ratio: flooded / bareFlooded,
      },
      { what: 'Terminal: joining one that runs', ours: `${Math.round(reopened)} ms` },
    ];
  } finally {
    await stack.dispose();
  }
}
