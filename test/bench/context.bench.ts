import { readdir, readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { bash, done, summaryMarker } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Row } from './figures.ts';

const turns = 300;
/** Looked at over so many turns that end here. */
const places = [10, 100, 300];
const span = 5;

type Cost = { requestBytes: number; redisBytes: number; cpuMs: number };

/** CPU that a process has used so far, of its own and in the kernel. */
async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Clock ticks of 10 ms, on every Linux that Node runs on (proc(5), sysconf(_SC_CLK_TCK)).
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The server under test, by the data folder in its environment. */
async function pidOf(dataDir: string): Promise<number> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const env = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (env.includes(`DECKHAND_DATA=${dataDir}\0`) && args.includes('main.ts')) return Number(pid);
  }
  throw new Error('the server was not found among the processes');
}

async function outputBytes(redis: Redis): Promise<number> {
  return Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
}

async function longSession(stack: Stack): Promise<Map<number, Cost>> {
  const redis = new Redis(await stack.server.redisUrl());
  const pid = await pidOf(stack.server.dataDir);
  const look = async () => ({ redisBytes: await outputBytes(redis), cpuMs: await cpuMsOf(pid) });
  stack.model.script(summaryMarker, [done('## Goal\n- the bench goes on\n## Open\n- more turns')]);
  stack.model.script('turn', ({ answers }) =>
    answers === 0 ? { calls: [bash('yes "a line of output" | head -c 4096')] } : done(),
  );
  const session = await stack.ask('Begin #turn');
  await session.finished(1);
  const costs = new Map<number, Cost>();
  let before = await look();
  for (let n = 2; n <= turns; n++) {
    if (places.includes(n + span - 1)) before = await look();
    await stack.send(session.sessionId, `Go on ${n} #turn`);
    await session.finished(n);
    if (!places.includes(n)) continue;
    const after = await look();
    const bytes = stack.model
      .askings('turn')
      .slice(-2 * span)
      .map(asking => asking.bytes);
    // Two steps a turn.
    costs.set(n, {
      requestBytes: bytes.reduce((sum, each) => sum + each, 0) / bytes.length,
      redisBytes: (after.redisBytes - before.redisBytes) / (2 * span),
      cpuMs: (after.cpuMs - before.cpuMs) / (2 * span),
    });
  }
  redis.disconnect();
  return costs;
}

/** What a step costs early and late in a session of 300 turns, each with a command that says 4 KiB. */
export async function run(): Promise<Row[]> {
  const stack = await openStack();
  try {
    const costs = await longSession(stack);
    const [early, , late] = places.map(place => costs.get(place));
    if (!early || !late) throw new Error('nothing was measured');
    const row = (what: string, key: keyof Cost, unit: (value: number) => string): Row => {
      const ratio = late[key] / early[key];
      return {
        what: `${what}, a step at turn ${places.join(', ')}`,
        ours: places.map(place => unit(costs.get(place)?.[key] ?? 0)).join(', '),
        bare: `turn ${places[0]}`,
        ratio,
        target: 'flat: 2x of turn 10',
        met: ratio <= 2,
      };
    };
    const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
    return [
      row('Request bytes', 'requestBytes', kib),
      row('Bytes read from Redis, viewers and all', 'redisBytes', kib),
      row('CPU of the server', 'cpuMs', ms => `${ms.toFixed(1)} ms`),
    ];
  } finally {
    await stack.dispose();
  }
}
