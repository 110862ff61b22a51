import { createAuthority } from '@deckhand/sandbox/egress/authority';
import type { CountedDecision, SandboxRules } from '@deckhand/sandbox/egress/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Company, registryDomain, startCompany } from '../../../test/emulators/company.ts';
import { openTestStack, sh, type TestSandbox, type TestStack } from '../../test/helpers/sandboxStack.ts';
import type { EgressLink } from './driver.ts';
import { trustAuthority } from './environments/trustAuthority.ts';

/** A real sandbox, the real proxy, and hosts behind a proxy of the test's own on loopback. */
let company: Company;
let stack: TestStack;
let sandbox: TestSandbox;
let link: EgressLink;
let revision = 0;
let env = '';
const opened: (() => void)[] = [];
const decisions: CountedDecision[] = [];
const shown: (string | undefined)[] = [];

const value = 'value-of-the-secret-91d3';
const sentinel = 'dhsentinel00112233445566778899';
const api = `api.${registryDomain}`;
const other = `other.${registryDomain}`;
const secret = { name: 'TOKEN', sentinel, value, hosts: [api] };

const rules = (more: Partial<SandboxRules> = {}): SandboxRules => ({
  sandboxId: sandbox.id,
  revision: ++revision,
  phase: 'run',
  layers: [{ default: 'deny', allow: [{ host: api }], deny: [] }],
  grants: [],
  secrets: [secret],
  asks: true,
  ...more,
});
const give = async (more: Partial<SandboxRules> = {}) =>
  expect(await link.give(rules(more))).toEqual({ ok: true });
const curl = (args: string) => sh(sandbox.hands, `${env} curl -sS -m 10 ${args} 2>&1 || true`);

beforeAll(async () => {
  const echo = (_: string, request: { headers: Record<string, unknown> }) => {
    shown.push(String(request.headers.authorization ?? ''));
    return { body: `you said ${request.headers.authorization} ${Buffer.from(value).toString('base64')}\n` };
  };
  company = await startCompany({ api: echo, other: echo });
  stack = await openTestStack({
    egressUpstream: company.proxy,
    egressUpstreamNames: [`.${registryDomain}`],
    egressRules: true,
    egressAuthorities: company.certificate,
  });
  const authority = await createAuthority('test');
  link = stack.driver.openEgress({
    authority: async () => authority,
    onOpen: () => {
      for (const told of opened.splice(0)) told();
    },
    onDecisions: async all => void decisions.push(...all),
    onBuild: async () => {},
    onError: error => {
      throw error;
    },
  });
  sandbox = await stack.sandbox();
  const trusted = await trustAuthority(sandbox.hands, authority.certificate);
  if (!trusted.ok) throw new Error(trusted.message);
  env = Object.entries(trusted.env)
    .map(([name, text]) => `${name}=${text}`)
    .join(' ');
});
afterAll(async () => {
  link?.close();
  await stack?.close();
  await company?.close();
});

// The proxy waits a while for rules before it refuses.
test('a sandbox of which nothing was said reaches nothing, and nothing in it reaches whoever says it', async () => {
  expect(await curl(`https://${api}/`)).toMatch(/503|CONNECT tunnel failed/);
  expect(company.asked).toEqual([]);
  expect(await sh(sandbox.hands, 'ls -A /egress; ls /control 2>&1 || true')).toMatch(
    /^proxy\.sock\n.*No such file/,
  );
});

test('the value goes out where it is for, and only the sentinel is ever inside', async () => {
  await give();
  const header = `-H "Authorization: Bearer ${sentinel}"`;
  expect(await curl(`${header} https://${api}/x`)).toBe(`you said Bearer ${sentinel} ${sentinel}`);
  expect(shown.splice(0)).toEqual([`Bearer ${value}`]);
  // By Node, Python and git, too, which have their own ways of finding out whom they trust.
  const node = `fetch('https://${api}/', { headers: { authorization: 'Basic ' + btoa('me:${sentinel}') } }).then(r => r.text()).then(console.log)`;
  expect(await sh(sandbox.hands, `${env} node -e "${node}"`)).toContain('you said Basic');
  expect(shown.splice(0)).toEqual([`Basic ${Buffer.from(`me:${value}`).toString('base64')}`]);
  const python = `import urllib.request as u; print(u.urlopen(u.Request('https://${api}/', headers={'Authorization': '${sentinel}'})).read())`;
  expect(await sh(sandbox.hands, `${env} python3 -c "${python}"`)).toContain(sentinel);
  expect(
    await sh(sandbox.hands, `grep -rl '${value}' /proc/*/environ /work /tmp /run 2>/dev/null || true`),
  ).toBe('');
});

test('what is not listed is refused and told; a grant opens it, and its end cuts what goes on', async () => {
  const refused = await curl(`-v -k https://${other}/`);
  expect(refused).toMatch(/403 Refused: other\.registry\.test is not on the list/);
  expect(refused).toMatch(/Deckhand-Egress: deny/);
  while (!decisions.some(({ host, outcome }) => host === other && outcome === 'refused'))
    await new Promise(resolve => setImmediate(resolve));
  expect(decisions.find(({ host }) => host === other)).toMatchObject({
    sandboxId: sandbox.id,
    ask: { kind: 'host' },
  });
  await give({ grants: [{ host: other }] });
  expect(await curl(`-k https://${other}/ -H 'Authorization: ${sentinel}'`)).toContain('you said');
  // Another host sees what is worth nothing.
  expect(shown.splice(0).at(-1)).toBe(sentinel);
  const long = sandbox.hands.run([
    'bash',
    '-c',
    `openssl s_client -proxy 127.0.0.1:3129 -connect ${other}:443 -servername ${other} < <(exec sleep 60 > /dev/null 2>&1) > /tmp/tunnel 2>&1; echo cut`,
  ]);
  await sh(sandbox.hands, 'until grep -q "Verif" /tmp/tunnel 2>/dev/null; do sleep 0.05; done');
  const withdrawnAt = performance.now();
  await give();
  expect((await long).ok).toBe(true);
  expect(performance.now() - withdrawnAt).toBeLessThan(10_000);
  expect(await curl(`-k https://${other}/`)).toMatch(/403/);
});

test('a name in the TLS that is not the tunnel’s leads nowhere', async () => {
  await give();
  const before = company.asked.length;
  const asked = `openssl s_client -proxy 127.0.0.1:3129 -connect ${api}:443 -servername ${other} </dev/null 2>&1 || true`;
  expect(await sh(sandbox.hands, asked)).not.toMatch(/BEGIN CERTIFICATE/);
  expect(company.asked).toHaveLength(before);
});

test('after a restart of the proxy nothing is open until all is said again', async () => {
  const reopened = new Promise<void>(resolve => opened.push(resolve));
  await stack.docker.getContainer(`deckhand-${stack.name}-egress`).restart({ t: 0 });
  await reopened;
  expect(await curl(`-m 7 https://${api}/`)).toMatch(/503|tunnel failed/);
  await give();
  expect(await curl(`https://${api}/`)).toContain('you said');
});
