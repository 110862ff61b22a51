import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Company, registryDomain, startCompany } from '../../../test/emulators/company.ts';
import { companyRoot, lockOfBerry, tryKind } from '../../test/helpers/managedRepos.ts';
import { javascriptKinds } from '../../test/helpers/registries/javascriptKinds.ts';
import { json, left, leftJs, needsLeft, right, rightJs } from '../../test/helpers/registries/kinds.ts';
import { installedPackage, npmPackage, npmRegistry, npmUrl } from '../../test/helpers/registries/npm.ts';
import { pypiRegistry, pypiUrl } from '../../test/helpers/registries/pypi.ts';
import { pythonKinds, wheels } from '../../test/helpers/registries/pythonKinds.ts';
import { openTestStack, type TestStack } from '../../test/helpers/sandboxStack.ts';

/**
 * Each manager that the base image has, or that is had from npm, installs through the egress proxy and a company's proxy
 * behind it, whose certificates nobody else knows, from registries on loopback.
 */
let company: Company;
let stack: TestStack;
let image: string;
let kinds: Map<string, Parameters<typeof tryKind>[1]['kind']>;

beforeAll(async () => {
  const [tinyLeft, tinyRight, pnpm, yarn, berry] = await Promise.all([
    npmPackage(left, leftJs),
    npmPackage(right, rightJs),
    ...['pnpm', 'yarn', '@yarnpkg/cli-dist'].map(installedPackage),
  ]);
  if (!tinyLeft || !tinyRight || !pnpm || !yarn || !berry) throw new Error('a package is missing');
  company = await startCompany({
    npm: npmRegistry([tinyLeft, tinyRight, pnpm, yarn, berry]),
    pypi: pypiRegistry(await wheels()),
  });
  stack = await openTestStack({
    egressUpstream: company.proxy,
    egressUpstreamNames: [`.${registryDomain}`],
  });
  const env = { NPM_CONFIG_REGISTRY: npmUrl, YARN_NPM_REGISTRY_SERVER: npmUrl, PIP_INDEX_URL: pypiUrl };
  const [berryLock, made] = await Promise.all([
    lockOfBerry(company, json({ name: 'shop', ...needsLeft })),
    companyRoot(stack, { company, from: '$DECKHAND_BASE', env }),
  ]);
  image = made;
  const all = [...javascriptKinds({ left: tinyLeft, right: tinyRight, pnpm, berryLock }), ...pythonKinds];
  kinds = new Map(all.map(kind => [kind.kind, kind]));
});
afterAll(async () => {
  await stack?.close();
  await company?.close();
});

test.each([
  'npm',
  'package.json without a lock file',
  'pnpm workspace',
  'Yarn 1',
  'Yarn 4',
  'requirements.txt',
  'pyproject.toml',
  'devcontainer',
  'npm beside a manager that cannot be had',
])('%s', async name => {
  const kind = kinds.get(name);
  if (!kind) throw new Error(`no kind ${name}`);
  await tryKind(stack, { company, image, kind });
});

test('what is refused stays refused: nothing but the registries is to be had', async () => {
  expect(company.asked.every(each => each.includes(`.${registryDomain}/`))).toBe(true);
});
