import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localHost } from '../../src/repos/local.ts';
import { Mirror } from '../../src/repos/mirror.ts';
import { checkOut } from '../../src/sandboxes/worktree/checkout.ts';
import { openTestStack } from '../helpers/sandboxStack.ts';
import { figures } from './engineFigures.ts';

/**
 * From a mirror that is there to a work tree of 27,000 files in an empty sandbox, beside git's own local clone of the
 * same; prints JSON. Run by `npm run bench`.
 */
const files = 27_000;
const rounds = 3;
const mib = 1024 * 1024;
const author = { name: 'Ana', email: 'ana@example.test' };
const dir = mkdtempSync(join(tmpdir(), 'deckhand-checkout-bench-'));
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

const stack = await openTestStack();
try {
  const { all, time } = figures();
  const { origin, base } = repository();
  const repo = { id: 'large', url: origin, description: '', aliases: [], channels: [], pages: [] };
  mkdirSync(join(dir, 'mirrors'));
  const mirror = new Mirror(
    repo,
    join(dir, 'mirrors/large.git'),
    localHost(() => ''),
  );
  await time('mirror', () => mirror.fetch());
  const limits = { cpus: 2, memoryBytes: 2048 * mib, diskBytes: 2048 * mib };
  for (let round = 0; round < rounds; round += 1) {
    const bare = join(dir, `bare-${round}`);
    await time('bare', async () => git(dir, 'clone', '-q', '--local', origin, bare));
    rmSync(bare, { recursive: true });
    const { hands, id } = await stack.sandbox({ limits });
    const checkout = { branch: 'deckhand/ses_bench-1', baseSha: base, refSha: null, author };
    const done = await time('ours', () => checkOut(hands, mirror, checkout));
    if (!done.ok) throw new Error(done.message);
    const status = await time('status', () =>
      hands.run(['git', 'status', '--porcelain'], { cwd: '/work/repo' }),
    );
    if (!status.ok || status.stdout.length > 0) throw new Error('the work tree is not as it was committed');
    await stack.driver.remove(id);
  }
  process.stdout.write(JSON.stringify(all));
} finally {
  await stack.close();
  rmSync(dir, { recursive: true, force: true });
}

/** Texts of some lines each, in folders of a few files, as repositories have them. */
function repository(): { origin: string; base: string } {
  const origin = join(dir, 'origin');
  git(dir, 'init', '-q', '-b', 'main', origin);
  for (let n = 0; n < files; n += 1) {
    const folder = join(origin, `packages/${n % 90}/src/part-${n % 1_500}`);
    mkdirSync(folder, { recursive: true });
    const line = (at: number) =>
      createHash('sha256')
        .update(`${n % 400} ${at}`)
        .digest('hex');
    const lines = Array.from({ length: 10 + (n % 120) }, (_, at) => `const a${at} = '${line(at)}';\n`);
    writeFileSync(join(folder, `file-${n}.ts`), `// ${n}\n${lines.join('')}`);
  }
  git(origin, 'add', '-A');
  git(origin, 'commit', '-qm', 'first');
  git(origin, 'repack', '-adq');
  return { origin, base: git(origin, 'rev-parse', 'HEAD') };
}
