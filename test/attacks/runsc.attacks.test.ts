import { release } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { docker } from '../support/engine.ts';
import { type Runtime, unpackGvisor } from '../support/gvisor.ts';
import { type OwnEngine, startOwnEngine } from '../support/ownEngine.ts';
import { openStack, type Stack } from '../support/stack.ts';

let runtime: Runtime;
let engine: OwnEngine;
let stack: Stack;

beforeAll(async () => {
  runtime = await unpackGvisor();
  engine = await startOwnEngine(['--add-runtime', `runsc=${runtime.path}`]);
  const [image] = await docker.listImages({ filters: { reference: ['deckhand-base:*'] } });
  if (image?.RepoTags?.[0]) await engine.load(image.RepoTags[0]);
  stack = await openStack({
    DOCKER_HOST: engine.url,
    DECKHAND_SANDBOX_RUNTIME: 'runsc',
    DECKHAND_DISKS: 'volume',
  });
});
afterAll(async () => {
  await stack?.dispose();
  await engine?.dispose();
  await runtime?.dispose();
});

test('a sandbox under gVisor works as any other, and sees a kernel that is not the host’s', async () => {
  stack.model.script('gvisor', [
    {
      calls: [
        bash('cat /proc/version; uname -r; dmesg 2>/dev/null | head -3'),
        write('made.txt', 'made\n'),
        bash('git status --short; node -e "console.log(6 * 7)"; rg -l made'),
        bash('curl -sS -m 20 -o /dev/null -w "%{http_code}" http://169.254.169.254/latest/meta-data/'),
      ],
    },
    done('Done.'),
  ]);
  const session = await stack.ask('Look around #gvisor');
  const end = await session.finished();
  const outputs = session.all('tool.finished').map(({ data }) => data.output);
  expect(end.data).toMatchObject({ outcome: 'done' });
  expect(outputs[0]).toMatch(/gVisor/);
  expect(outputs[0]).not.toContain(release());
  expect(outputs[2]).toMatch(/made\.txt[\s\S]*42/);
  // The proxy is reached, and refuses.
  expect(outputs[3]).toContain('403');
});
