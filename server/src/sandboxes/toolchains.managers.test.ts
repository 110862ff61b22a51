import { afterAll, beforeAll, test } from '@jest/globals';
import { type Company, registryDomain, startCompany } from '../../../test/emulators/company.ts';
import { companyRoot, tryKind } from '../../test/helpers/managedRepos.ts';
import { composerRegistry } from '../../test/helpers/registries/composer.ts';
import { gemOf, gemRegistry } from '../../test/helpers/registries/gems.ts';
import { type Kind, left, leftJs, right, rightJs } from '../../test/helpers/registries/kinds.ts';
import { npmPackage, npmRegistry, npmUrl, packedPackage } from '../../test/helpers/registries/npm.ts';
import { pypiRegistry, pypiUrl } from '../../test/helpers/registries/pypi.ts';
import { wheels } from '../../test/helpers/registries/pythonKinds.ts';
import { runtimeKinds } from '../../test/helpers/registries/runtimeKinds.ts';
import { toolchainKinds } from '../../test/helpers/registries/toolchainKinds.ts';
import { openTestStack, type TestStack } from '../../test/helpers/sandboxStack.ts';
import { ensureToolchains, toolchainImages } from '../../test/helpers/toolchains.ts';

/** As managers.test.ts, over an image that has what ours lacks; runtimes from npm over ours. */
let company: Company;
let stack: TestStack;
let image: string;
let ours: string;
let kinds: Map<string, Kind>;

beforeAll(async () => {
  const { arch } = process;
  const [tinyLeft, tinyRight, bun, deno, denoProgram] = await Promise.all([
    npmPackage(left, leftJs),
    npmPackage(right, rightJs),
    ...[`@oven/bun-linux-${arch === 'x64' ? 'x64' : 'aarch64'}`, 'deno', `@deno/linux-${arch}-glibc`].map(
      packedPackage,
    ),
  ]);
  if (!tinyLeft || !tinyRight || !bun || !deno || !denoProgram) throw new Error('a package is missing');
  const gem = await gemOf('tiny', '1.0.0', 'Tiny = "right"\n');
  company = await startCompany({
    npm: npmRegistry([tinyLeft, tinyRight, bun, deno, denoProgram]),
    gems: gemRegistry([gem]),
    php: await composerRegistry('<?php echo "right";'),
    pypi: pypiRegistry(await wheels()),
  });
  stack = await openTestStack({
    egressUpstream: company.proxy,
    egressUpstreamNames: [`.${registryDomain}`],
    sharedImages: [`${toolchainImages}:*`],
  });
  const from = await ensureToolchains(stack.docker, 'others');
  const env = { NPM_CONFIG_REGISTRY: npmUrl, PIP_INDEX_URL: pypiUrl };
  image = await companyRoot(stack, { company, from, env });
  ours = await companyRoot(stack, { company, from: '$DECKHAND_BASE', env });
  const all = [...toolchainKinds, ...runtimeKinds({ left: tinyLeft, right: tinyRight })];
  kinds = new Map(all.map(kind => [kind.kind, kind]));
}, 900_000);
afterAll(async () => {
  await stack?.close();
  await company?.close();
});

async function tried(name: string, base: boolean): Promise<void> {
  const kind = kinds.get(name);
  if (!kind) throw new Error(`no kind ${name}`);
  await tryKind(stack, { company, image: base ? ours : image, kind, base });
}

test.each(['Bundler', 'Composer', 'Poetry', 'Pipenv', 'Java'])('%s', name => tried(name, false));
test.each(['bun', 'deno'])('%s', name => tried(name, true));
