import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareRepository } from '../repos/bareRepository.ts';
import { decide } from './decide.ts';
import { deedOf } from './deedOf.ts';
import { PolicyLayers } from './policyLayers.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deckhand-policy-'));
  file = join(folder, 'policy.yaml');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A repository whose base branch is moved by hand. */
function repository() {
  const dir = mkdtempSync(join(folder, 'repo-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  const base = { branch: 'main', sha: '' };
  const commit = (policy: string | null) => {
    mkdirSync(join(dir, '.deckhand'), { recursive: true });
    const path = join(dir, '.deckhand', 'policy.yaml');
    if (policy === null) rmSync(path, { force: true });
    else writeFileSync(path, policy);
    git('add', '-A');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');
    base.sha = git('rev-parse', 'HEAD');
  };
  const bare = Object.assign(new BareRepository(join(dir, '.git')), { knownBase: async () => base });
  return { commit, repos: { mirror: () => bare as never } };
}

const clock = { ms: 0 };
const opened = (repos: { mirror: () => never }, organisation: string | null = file) => {
  const mistakes: string[] = [];
  const layers = new PolicyLayers({
    file: organisation,
    repos,
    clock: () => clock.ms,
    onMistake: text => void mistakes.push(text),
  });
  return { layers, mistakes };
};
const put = (text: string) => {
  writeFileSync(file, text);
  clock.ms += 2_000;
  utimesSync(file, clock.ms, clock.ms);
};
const decided = async (layers: PolicyLayers, command: string) => {
  const { do: what } = decide(deedOf({ tool: 'bash', input: { command } }), {
    layers: await layers.of('sample'),
    speakers: [{ userId: 'usr_ana', role: 'member' }],
    repo: 'sample',
    grants: [],
  });
  return what;
};

test('a changed file is taken; one with a mistake is named, and what was known stays in service', async () => {
  const { repos, commit } = repository();
  commit(null);
  put('rules: [{scopes: shell:write, do: ask}]');
  const { layers, mistakes } = opened(repos);
  expect(await layers.start()).toEqual({ ok: true });
  expect(await decided(layers, 'touch a')).toBe('ask');
  put('rules: [{scopes: shell:write, do: refuse}]');
  expect(await decided(layers, 'touch a')).toBe('refuse');
  put('rules: [{scopes: shell:rite, do: allow}]');
  expect(await decided(layers, 'touch a')).toBe('refuse');
  expect(mistakes).toEqual([expect.stringMatching(/policy\.yaml: rules\.0\.scopes: .*stays in service/s)]);
  rmSync(file);
  clock.ms += 2_000;
  expect(await decided(layers, 'touch a')).toBe('refuse');
  expect(mistakes).toHaveLength(2);
  // Nothing is known that could stand in for it.
  const fresh = opened(repos);
  expect(await fresh.layers.start()).toMatchObject({ ok: false, message: expect.stringContaining(file) });
});

test('a repository may narrow what the organisation allows, and never widen it', async () => {
  const { repos, commit } = repository();
  put('rules: [{scopes: shell:write, match: "touch b*", do: refuse}]');
  const { layers } = opened(repos);
  await layers.start();
  commit('rules: [{scopes: shell:write, match: "touch a*", do: ask}, {scopes: shell:write, do: allow}]');
  expect(await decided(layers, 'touch a')).toBe('ask');
  expect(await decided(layers, 'touch b')).toBe('refuse');
  expect(await decided(layers, 'touch c')).toBe('allow');
  commit(null);
  expect(await decided(layers, 'touch a')).toBe('allow');
});

test('a mistake in a repository’s policy keeps the one before; without one, what reaches out is asked for', async () => {
  const { repos, commit } = repository();
  const { layers, mistakes } = opened(repos, null);
  commit('rulez: []');
  expect(await decided(layers, 'curl https://a.example')).toBe('ask');
  expect(await decided(layers, 'touch a')).toBe('allow');
  expect(mistakes).toEqual([expect.stringMatching(/\.deckhand\/policy\.yaml of sample: rulez: .*commit/)]);
  commit('rules: [{scopes: shell:write, match: "touch a*", do: ask}]');
  expect(await decided(layers, 'touch a')).toBe('ask');
  commit('rules: [');
  expect(await decided(layers, 'touch a')).toBe('ask');
});

test('that a commit cannot be read is no word that it has no policy', async () => {
  const { repos, commit } = repository();
  commit(null);
  const { layers } = opened(repos, null);
  const bare = repos.mirror() as unknown as { knownBase: () => Promise<{ branch: string; sha: string }> };
  bare.knownBase = async () => ({ branch: 'main', sha: 'f'.repeat(40) });
  await expect(decided(layers, 'touch a')).rejects.toThrow(/cannot be read/);
});
