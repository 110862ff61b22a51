import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareRepository } from '../../repos/bareRepository.ts';
import { OrganisationFolder } from './organisationFolder.ts';
import { RepositoryAgents } from './repositoryAgents.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deckhand-agents-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const terms = { tools: new Set(['read']), hasModel: () => false };
const text = (role: string, tool = 'read') =>
  `---\nname: A\nrole: ${role}\ntools: [${tool}]\npermissions: []\n---\nDo it.\n`;
const rolesOf = ({ agents }: { agents: ReadonlyMap<string, { role: string }> }) =>
  Object.fromEntries([...agents].map(([id, { role }]) => [id, role]));

test('the organisation’s folder is followed; a mistake leaves what was known in service, and is told once', async () => {
  const dir = mkdtempSync(join(folder, 'org-'));
  const clock = { ms: 0 };
  const mistakes: string[] = [];
  const put = (name: string, content: string | null) => {
    const path = join(dir, name);
    if (content === null) rmSync(path);
    else writeFileSync(path, content);
    clock.ms += 2_000;
    if (content !== null) utimesSync(path, clock.ms, clock.ms);
  };
  const agents = new OrganisationFolder({
    folder: dir,
    terms,
    clock: () => clock.ms,
    onMistake: message => void mistakes.push(message),
  });
  put('one.md', text('First.'));
  put('notes.txt', 'none of ours');
  expect(rolesOf(await agents.defined())).toEqual({ one: 'First.' });
  put('one.md', text('Second.', 'fly'));
  put('two.md', text('Two.', 'fly'));
  const wrong = await agents.defined();
  expect(rolesOf(wrong)).toEqual({ one: 'First.' });
  expect(wrong.mistakes).toMatchObject([
    {
      source: join(dir, 'one.md'),
      message: expect.stringContaining('tools.0: there is no tool fly'),
      inService: 'one',
    },
    { source: join(dir, 'two.md'), message: expect.stringContaining('two.md: tools.0') },
  ]);
  expect(wrong.mistakes[1]).not.toHaveProperty('inService');
  clock.ms += 2_000;
  await agents.defined();
  expect(mistakes).toHaveLength(2);
  put('one.md', text('Third.'));
  put('two.md', null);
  expect(await agents.defined()).toMatchObject({ mistakes: [] });
  expect(rolesOf(await agents.defined())).toEqual({ one: 'Third.' });
  // A folder that is away for a moment takes no agent with it.
  rmSync(dir, { recursive: true });
  clock.ms += 2_000;
  const away = await agents.defined();
  expect(rolesOf(away)).toEqual({ one: 'Third.' });
  expect(away.mistakes).toMatchObject([{ source: dir }]);
});

test('a repository defines agents at the newest commit of its base branch; links lead nowhere outside', async () => {
  const dir = mkdtempSync(join(folder, 'repo-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  const base = { branch: 'main', sha: '' };
  const commit = (files: Record<string, string>) => {
    mkdirSync(join(dir, '.deckhand/agents/deeper'), { recursive: true });
    for (const [path, content] of Object.entries(files))
      writeFileSync(join(dir, '.deckhand/agents', path), content);
    git('add', '-A');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');
    base.sha = git('rev-parse', 'HEAD');
  };
  const bare = Object.assign(new BareRepository(join(dir, '.git')), { knownBase: async () => base });
  const mistakes: string[] = [];
  const agents = new RepositoryAgents({
    repos: { mirror: () => bare as never },
    terms,
    onMistake: message => void mistakes.push(message),
  });
  commit({});
  expect(rolesOf(await agents.of('shop'))).toEqual({});
  commit({ 'ours.md': text('Ours.'), 'deeper/other.md': text('Deeper.'), 'README.txt': 'x' });
  expect(rolesOf(await agents.of('shop'))).toEqual({ ours: 'Ours.' });
  execFileSync('ln', ['-s', '/etc/hostname', join(dir, '.deckhand/agents/stolen.md')]);
  commit({ 'ours.md': text('Wrong.', 'fly') });
  const wrong = await agents.of('shop');
  expect(rolesOf(wrong)).toEqual({ ours: 'Ours.' });
  expect(wrong.mistakes.map(({ source }) => source)).toEqual([
    '.deckhand/agents/ours.md of shop',
    '.deckhand/agents/stolen.md of shop',
  ]);
  expect(mistakes[0]).toContain(base.sha.slice(0, 12));
  // What lies in a work tree and in no commit counts for nothing.
  writeFileSync(join(dir, '.deckhand/agents/free.md'), text('Free.'));
  expect(rolesOf(await agents.of('shop'))).toEqual({ ours: 'Ours.' });
});
