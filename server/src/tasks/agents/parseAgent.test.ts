import { AgentDefinition, Level, Scope } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { toolNames } from '../../agent/tools/catalog.ts';
import { hasTool } from '../../agent/worker.ts';
import { decide } from '../../policy/decide.ts';
import { deedOf } from '../../policy/deedOf.ts';
import { emptyPolicy, Policy } from '../../policy/policy.ts';
import { knownAs, parseAgent, versionOf } from './parseAgent.ts';
import { permissionLayer } from './permissionLayer.ts';
import { builtInAgents } from './registry.ts';

const terms = { tools: toolNames, hasModel: (name: string) => name === 'small' };
const good = `---
name: Reviewer
role: Reads a change.
tools: [read, git_diff]
permissions:
  - {level: L0, scope: file:read}
---
Cite the lines.
`;
const parse = (text: string, id = 'reviewer') => parseAgent({ id, source: `${id}.md`, text }, terms);

test('a definition is Markdown with front matter; what it does not say has a default', () => {
  expect(parse(good)).toEqual({
    ok: true,
    definition: {
      ...{ id: 'reviewer', name: 'Reviewer', role: 'Reads a change.', model: 'default' },
      ...{ tools: ['read', 'git_diff'], memoryScope: 'session', instructions: 'Cite the lines.' },
      permissions: [{ level: 'L0', scope: 'file:read' }],
    },
  });
  // As some editors save it.
  expect(parse(`\uFEFF${good.replaceAll('\n', '\r\n')}`)).toMatchObject({ ok: true });
});

test.each([
  ['tools: [read, git_diff]', 'tools: [read, fly]', 'reviewer.md: tools.1: there is no tool fly'],
  ['name: Reviewer', 'nmae: Reviewer', /^reviewer\.md: (name|nmae): /],
  ['level: L0', 'level: L9', /^reviewer\.md: permissions\.0\.level: /],
  ['scope: file:read', 'scope: file:raed', /^reviewer\.md: permissions\.0\.scope: /],
  ['role: Reads a change.', 'role: Reads a change.\nmodel: huge', /^reviewer\.md: model: this server has no/],
  [
    'role: Reads a change.',
    'role: Reads a change.\ncolour: red',
    'reviewer.md: colour: this key is not known',
  ],
  ['role: Reads a change.', 'role: [', /^reviewer\.md: the front matter: /],
  ['Cite the lines.\n', '', /^reviewer\.md: instructions: /],
  ['---\nname', 'name', 'reviewer.md: the file: it begins with front matter between two lines of ---'],
])('%j written as %j is a mistake that names file and key', (right, wrong, message) => {
  const parsed = parse(good.replace(right, wrong));
  expect(parsed).toMatchObject({ ok: false, message: expect.stringMatching(message) });
});

test('a file’s name is the id; one that is none, a file that is too large and aliases that multiply are refused', () => {
  for (const id of ['Reviewer', '../x', 'a/b', '__proto__', '', 'a--b', `a${'b'.repeat(50)}`])
    expect(parse(good, id)).toMatchObject({ ok: false });
  expect(parse(good + 'x'.repeat(70_000))).toMatchObject({
    ok: false,
    message: expect.stringMatching(/bytes/),
  });
  const bomb = `---\na: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n---\nx`;
  expect(parse(bomb)).toMatchObject({ ok: false });
});

const definitions = fc
  .record({
    name: fc.constantFrom('A', 'Some agent', 'Ünï'),
    role: fc.constantFrom('Does it.', 'Reads: all'),
    tools: fc.uniqueArray(fc.constantFrom(...toolNames), { minLength: 1 }),
    permissions: fc.array(
      fc.record({ level: fc.constantFrom(...Level.options), scope: fc.constantFrom(...Scope.options) }),
      { maxLength: 8 },
    ),
    memoryScope: fc.constantFrom('none', 'session', 'project', 'global'),
    instructions: fc.constantFrom('Do it.', '# Do\n\n---\n\nit', '- a\n- b'),
  })
  .map(given => AgentDefinition.parse({ id: 'some', ...given }));

const written = ({ id: _, instructions, ...front }: AgentDefinition) =>
  `---\n${stringify(front)}---\n${instructions}\n`;

test('whatever is written is read as it was, and its version tells whether anything differs', () => {
  fc.assert(
    fc.property(definitions, definitions, (one, other) => {
      const parsed = parse(written(one), 'some');
      expect(parsed).toEqual({ ok: true, definition: one });
      expect(versionOf(one) === versionOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

test('junk never throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (front, body) => {
      expect(typeof parse(`---\n${front}\n---\n${body}`).ok).toBe('boolean');
      expect(typeof parse(front).ok).toBe('boolean');
    }),
  );
});

const calls = [
  { tool: 'read', input: { path: 'a.ts' } },
  { tool: 'write', input: { path: 'a.ts', content: 'x' } },
  { tool: 'bash', input: { command: 'npm test' } },
  { tool: 'bash', input: { command: 'curl https://example.org' } },
  { tool: 'comment', input: { text: 'hello' } },
  { tool: 'push', input: { branch: 'b', head: 'x', opens: true } },
];
const strictness = { allow: 0, ask: 1, refuse: 2 };

test('a definition only ever narrows: whatever it permits, what policy asks for or refuses stays so', () => {
  const organisations = fc.array(
    fc.record({
      levels: fc.constantFrom(...Level.options),
      do: fc.constantFrom('allow' as const, 'ask' as const, 'refuse' as const),
    }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(definitions, organisations, fc.constantFrom(...calls), (definition, rules, call) => {
      const organisation = { name: 'policy.yaml', policy: Policy.parse({ rules }) };
      const context = { speakers: [{ userId: 'usr_a', role: 'member' as const }], repo: 'shop', grants: [] };
      const without = decide(deedOf(call), { ...context, layers: [organisation] });
      const layers = [organisation, permissionLayer(definition)];
      const within = decide(deedOf(call), { ...context, layers });
      expect(strictness[within.do]).toBeGreaterThanOrEqual(strictness[without.do]);
    }),
  );
});

test('a permission reaches up to its level in its scope, and reading needs none', () => {
  const may = (permissions: AgentDefinition['permissions'], call: { tool: string; input: unknown }) =>
    decide(deedOf(call), {
      layers: [{ name: 'x', policy: emptyPolicy }, permissionLayer({ id: 'some', permissions })],
      speakers: [{ userId: 'usr_a', role: 'member' }],
      repo: null,
      grants: [],
    }).do;
  const write = { tool: 'write', input: { path: 'a', content: '' } };
  const push = { tool: 'bash', input: { command: 'git push --force' } };
  expect(may([], { tool: 'read', input: { path: 'a' } })).toBe('allow');
  expect(may([], write)).toBe('refuse');
  expect(may([{ level: 'L0', scope: 'file:write' }], write)).toBe('refuse');
  expect(may([{ level: 'L1', scope: 'file:write' }], write)).toBe('allow');
  expect(may([{ level: 'L2', scope: 'shell:write' }], { tool: 'bash', input: { command: 'npm test' } })).toBe(
    'allow',
  );
  expect(may([{ level: 'L2', scope: 'shell:write' }], push)).toBe('refuse');
});

test('the built-in agents are whole; those that read only have no tool that does anything else', () => {
  const { agents } = builtInAgents(terms);
  expect([...agents.keys()]).toEqual(['builder', 'explorer', 'librarian', 'planner', 'reviewer', 'tester']);
  for (const id of ['explorer', 'librarian', 'planner', 'reviewer']) {
    const agent = agents.get(id);
    if (!agent) throw new Error(id);
    for (const tool of ['write', 'edit', 'bash', 'open_change', 'comment', 'process_stop'])
      expect([id, tool, hasTool(agent, tool)]).toEqual([id, tool, false]);
  }
  const builder = agents.get('builder');
  if (!builder) throw new Error('builder');
  for (const tool of toolNames) expect(hasTool(builder, tool)).toBe(true);
});

test('an agent whose memory reaches nothing cannot look up what was', () => {
  const agent = knownAs(
    AgentDefinition.parse({
      ...(parse(good) as { definition: object }).definition,
      tools: ['*'],
      memoryScope: 'none',
    }),
    {
      layer: 'user',
      source: 'x',
    },
  );
  expect(hasTool(agent, 'search_history')).toBe(false);
  expect(hasTool(agent, 'read')).toBe(true);
});
