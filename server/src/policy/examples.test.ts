import { readFileSync } from 'node:fs';
import type { Role } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { decide } from './decide.ts';
import { deedOf } from './deedOf.ts';
import { parsePolicy } from './policyFile.ts';

const page = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');

/** The policy that stands below these words of the operator's page. */
function exampleBelow(words: string) {
  const [, rest = ''] = page.split(`**${words}`);
  const block = /(?:^ {4}.*\n)+/m.exec(rest)?.[0].replaceAll(/^ {4}/gm, '') ?? '';
  const parsed = parsePolicy(words, block);
  if (!parsed.ok) throw new Error(`${parsed.message}\n${block}`);
  return { name: words, policy: parsed.policy };
}

type Call = { tool: string; input: object; role?: Role; repo?: string };
const bash = (command: string): Call => ({ tool: 'bash', input: { command } });
const writes = (path: string): Call => ({ tool: 'write', input: { path, content: 'x' } });
const push: Call = { tool: 'push', input: { branch: 'deckhand/ses-1' } };

function verdictOf(words: string, { tool, input, role = 'member', repo = 'shop' }: Call): string {
  const decision = decide(deedOf({ tool, input }), {
    ...{ layers: [exampleBelow(words)], speakers: [{ userId: 'usr_a', role }], repo, grants: [] },
  });
  return decision.do === 'ask' ? `ask ${decision.who}` : decision.do;
}

test.each<[string, [Call, string][]]>([
  [
    'Look at what is risky.',
    [
      [bash('npm ci && npm test'), 'allow'],
      [writes('src/a.ts'), 'allow'],
      [push, 'allow'],
      [bash('git push --force'), 'ask anyone'],
      [bash('npm publish'), 'ask anyone'],
      [bash('rm -rf /'), 'ask anyone'],
    ],
  ],
  [
    'Four eyes on production.',
    [
      [{ ...push, repo: 'payments' }, 'ask other'],
      [{ ...push, repo: 'payments', role: 'admin' }, 'ask other'],
      [push, 'allow'],
      [{ ...writes('a.ts'), repo: 'payments' }, 'allow'],
    ],
  ],
  [
    'No surprises from the network.',
    [
      [bash('npm ci'), 'allow'],
      [bash('curl https://api.example.com/x'), 'allow'],
      [{ tool: 'fetch', input: { url: 'https://docs.example.com/' } }, 'allow'],
      [bash('curl https://elsewhere.example.org'), 'ask admin'],
      [bash('curl "$URL"'), 'ask admin'],
    ],
  ],
  [
    'Newcomers.',
    [
      [push, 'ask admin'],
      [{ ...push, role: 'admin' }, 'allow'],
      [{ tool: 'comment', input: { text: 'Done.' } }, 'ask admin'],
      [bash('npm test'), 'allow'],
    ],
  ],
  [
    'A repository that narrows by itself',
    [
      [writes('migrations/001.sql'), 'refuse'],
      [{ tool: 'edit', input: { path: 'infra/main.tf', old: 'a', new: 'b' } }, 'ask anyone'],
      [writes('src/a.ts'), 'allow'],
      [{ tool: 'read', input: { path: 'migrations/001.sql' } }, 'allow'],
    ],
  ],
])('the operator’s page, “%s”: it does what it says', (words, cases) => {
  for (const [call, verdict] of cases)
    expect([call.tool, call.input, verdictOf(words, call)]).toEqual([call.tool, call.input, verdict]);
});

test('every policy on the page is one that can be read', () => {
  const blocks = [...page.matchAll(/(?:^ {4}.*\n|^\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''));
  const policies = blocks.filter(block => /^(rules|risk):/m.test(block));
  expect(policies).toHaveLength(6);
  for (const text of policies) expect(parsePolicy('docs/policy.md', text)).toMatchObject({ ok: true });
});
