import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { docker } from '../support/engine.ts';
import { memoryReport } from '../support/memoryOf.ts';
import { startOwnRedis } from '../support/ownRedis.ts';
import { seeded } from '../support/random.ts';
import { secondServer } from '../support/secondServer.ts';
import { openStack } from '../support/stack.ts';
import { startLoad } from './load.ts';

const minutes = Number(process.env.DECKHAND_TEST_SOAK_MINUTES ?? 60);
const seed = Number(process.env.DECKHAND_TEST_SEED ?? Date.now() % 1_000_000);
const out = fileURLToPath(new URL('../../.deckhand/soak.md', import.meta.url));

/** Each fault, when it was and how long it took, as the run goes on. */
const log = out.replace(/md$/, 'log');

/** What may be held more in the last quarter than in the second, in MiB: of an hour, which are thirty minutes apart. */
const driftMiB = 8;

/** Its figures are written to `.deckhand/soak.md`; those of a run that was looked at stand in `docs/soak.md`. */
test(
  `${minutes} minutes under load and random faults: no promise is broken, memory stays flat (seed ${seed})`,
  async () => {
    const redis = await startOwnRedis();
    const stack = await openStack({ REDIS_URL: redis.url });
    // It takes turns beside the one that suffers, and lives through all of it.
    const memory = await memoryReport();
    const steady = await secondServer(stack, memory.env);
    const random = seeded(seed);
    const counts: Record<string, number> = {};
    const faults: Record<string, () => Promise<void>> = {
      'kill -9 of a server': async () => {
        await stack.server.crash();
        await stack.server.restart();
      },
      'restart of a server': async () => {
        await stack.server.stop();
        await stack.server.restart();
      },
      'a server frozen for 15 s': async () => {
        stack.server.freeze();
        await sleep(15_000);
        stack.server.thaw();
      },
      'kill -9 of Redis': () => redis.restart(500),
      'kill -9 of a sandbox': async () => {
        const label = [`deckhand.deployment=${await stack.server.deploymentId()}`, 'deckhand.session'];
        const running = await docker.listContainers({ filters: { label } });
        const victim = running[Math.floor(random() * running.length)];
        if (victim)
          await docker
            .getContainer(victim.Id)
            .kill()
            .catch(() => {});
      },
    };
    const names = Object.keys(faults);
    const endMs = Date.now() + minutes * 60_000;
    await mkdir(join(out, '..'), { recursive: true });
    await writeFile(log, `seed ${seed}\n`);
    try {
      const load = startLoad(stack, { sessions: 2, prompts: 4 });
      while (Date.now() < endMs) {
        // What was promised and did not come is told when it happens, with the faults before it.
        await Promise.race([sleep(5_000 + random() * 25_000), load.broken]);
        expect(stack.server.endedByItself() + steady.endedByItself()).toBe(0);
        const name = names[Math.floor(random() * names.length)] ?? '';
        const startedMs = Date.now();
        await faults[name]?.();
        counts[name] = (counts[name] ?? 0) + 1;
        await appendFile(log, `${new Date(startedMs).toISOString()} ${name}, ${Date.now() - startedMs} ms\n`);
      }
      const done = await load.end();
      const [, early, , late] = await memory.parts(4);
      if (!early || !late) throw new Error('never');
      const lines = [
        `${minutes} minutes, seed ${seed}: ${done.sessions} sessions, ${done.prompts} prompts, ${JSON.stringify(done.outcomes)}, ${done.unknown} calls whose end is unknown.`,
        `Faults: ${Object.entries(counts)
          .map(([name, n]) => `${name} ${n}`)
          .join(', ')}.`,
        'Memory of the server that lived through it, in MiB, medians of each twelfth of the time:',
        '',
        '| heap behind major collections | beside the heap | resident | most resident | collections |',
        '|---|---|---|---|---|',
        ...(await memory.parts(12)).map(
          ({ heap, external, rss, mostRss, collections }) =>
            `| ${heap} | ${external} | ${rss} | ${mostRss} | ${collections} |`,
        ),
      ];
      await writeFile(out, `${lines.join('\n')}\n`);
      expect(Object.keys(done.outcomes)).toEqual(['done']);
      // What the program holds. What is resident besides is for V8 to give back, and it takes its time.
      expect(Math.min(early.collections, late.collections)).toBeGreaterThan(0);
      expect(late.heap + late.external).toBeLessThan(early.heap + early.external + driftMiB);
      expect(late.rss).toBeLessThan(early.rss * 1.25 + 32);
    } finally {
      await steady.dispose();
      await stack.dispose();
      await redis.dispose();
      await memory.dispose();
    }
  },
  (minutes + 10) * 60_000,
);
