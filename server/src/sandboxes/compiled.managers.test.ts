import { afterAll, beforeAll, test } from '@jest/globals';
import { type Company, registryDomain, startCompany } from '../../../test/emulators/company.ts';
import { companyRoot, tryKind } from '../../test/helpers/managedRepos.ts';
import { crateOf, crateRegistry } from '../../test/helpers/registries/cargo.ts';
import { compiledKinds } from '../../test/helpers/registries/compiledKinds.ts';
import { goModule, goProxy, goRegistry } from '../../test/helpers/registries/go.ts';
import type { Kind } from '../../test/helpers/registries/kinds.ts';
import { openTestStack, type TestStack } from '../../test/helpers/sandboxStack.ts';
import { ensureToolchains, toolchainImages } from '../../test/helpers/toolchains.ts';

/** As managers.test.ts, over an image of the repository's own that has Go and Rust. */
let company: Company;
let stack: TestStack;
let image: string;
let kinds: Kind[];

beforeAll(async () => {
  const [go, crate] = await Promise.all([
    goModule('example.test/tiny', 'v1.0.0', { 'tiny.go': 'package tiny\n\nconst Said = "right"\n' }),
    crateOf('tinycrate', '1.0.0', 'pub const SAID: &str = "right";\n'),
  ]);
  company = await startCompany({ go: goRegistry([go]), crates: crateRegistry([crate]) });
  stack = await openTestStack({
    egressUpstream: company.proxy,
    egressUpstreamNames: [`.${registryDomain}`],
    sharedImages: [`${toolchainImages}:*`],
  });
  const from = await ensureToolchains(stack.docker, 'compiled');
  image = await companyRoot(stack, { company, from, env: { GOPROXY: goProxy, GOSUMDB: 'off' } });
  kinds = compiledKinds({ go, crate });
}, 600_000);
afterAll(async () => {
  await stack?.close();
  await company?.close();
});

test.each(['Go', 'Cargo'])('%s', async name => {
  const kind = kinds.find(each => each.kind === name);
  if (!kind) throw new Error(`no kind ${name}`);
  await tryKind(stack, { company, image, kind, base: false });
});
