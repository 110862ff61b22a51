import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DeckhandError } from '@deckhand/shared';
import { git } from '../platform/git.ts';

const files: Record<string, string> = {
  'README.md': `# Tide table

Formats durations for a harbour's tide table. Run the tests with \`npm test\`.
`,
  'AGENTS.md': `Run \`npm test\` before you finish. Keep functions small and pure.
`,
  'package.json': `${JSON.stringify(
    { name: 'tide-table', version: '1.0.0', type: 'module', private: true, scripts: { test: 'node --test' } },
    null,
    2,
  )}\n`,
  'src/duration.js': `/** Minutes as hours and minutes: 95 -> "1 h 35 min". */
export function formatDuration(minutes) {
  const hours = Math.round(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return \`\${rest} min\`;
  return rest === 0 ? \`\${hours} h\` : \`\${hours} h \${rest} min\`;
}
`,
  'test/duration.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../src/duration.js';

test('whole hours', () => assert.equal(formatDuration(120), '2 h'));
test('minutes only', () => assert.equal(formatDuration(25), '25 min'));
test('hours and minutes', () => assert.equal(formatDuration(95), '1 h 35 min'));
`,
};

const identity = {
  GIT_AUTHOR_NAME: 'Deckhand',
  GIT_AUTHOR_EMAIL: 'deckhand@localhost',
  GIT_COMMITTER_NAME: 'Deckhand',
  GIT_COMMITTER_EMAIL: 'deckhand@localhost',
};

/** Makes the sample repository (bare, with one failing test) unless it is there. Built aside, then renamed. */
export async function ensureSampleRepo(dir: string): Promise<void> {
  if (existsSync(join(dir, 'HEAD'))) return;
  await mkdir(dirname(dir), { recursive: true });
  const work = await mkdtemp(`${dir}-work-`);
  const bare = `${work}.git`;
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text);
    }
    await must(['init', '--quiet', '-b', 'main'], work);
    await must(['add', '-A'], work);
    await must(['commit', '--quiet', '-m', 'Tide table: format durations'], work);
    await must(['clone', '--quiet', '--bare', work, bare], work);
    await rename(bare, dir).catch(error => {
      if (!existsSync(join(dir, 'HEAD'))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(bare, { recursive: true, force: true });
  }
}

async function must(args: string[], cwd: string): Promise<void> {
  const done = await git(args, { cwd, env: identity, reach: 'file' });
  if (!done.ok) throw new DeckhandError('internal', `git ${args[0]} failed: ${done.stderr}`);
}

/** Writes a repos.json that names the sample, unless somebody made one. */
export async function ensureReposFile(path: string, sampleDir: string): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const sample = {
    id: 'sample',
    url: sampleDir,
    description: 'A small library with one failing test, to try Deckhand on.',
    aliases: ['tide table', 'demo'],
    baseBranch: 'main',
  };
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify({ repos: [sample] }, null, 2)}\n`);
  await rename(aside, path);
}
