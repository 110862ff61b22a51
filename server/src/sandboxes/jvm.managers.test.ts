import { afterAll, beforeAll, test } from '@jest/globals';
import { type Company, registryDomain, startCompany } from '../../../test/emulators/company.ts';
import { companyRoot, tryKind } from '../../test/helpers/managedRepos.ts';
import { jvmArtifacts, jvmKinds } from '../../test/helpers/registries/jvmKinds.ts';
import { type MavenArtifact, mavenRegistry } from '../../test/helpers/registries/maven.ts';
import { pdmKind } from '../../test/helpers/registries/pdmKind.ts';
import { pypiRegistry } from '../../test/helpers/registries/pypi.ts';
import { wheels } from '../../test/helpers/registries/pythonKinds.ts';
import { openTestStack, type TestStack } from '../../test/helpers/sandboxStack.ts';
import { ensureToolchains, toolchainImages } from '../../test/helpers/toolchains.ts';

/** As managers.test.ts, over an image that has Maven, Gradle and pdm. */
let company: Company;
let stack: TestStack;
let image: string;

beforeAll(async () => {
  const artifacts: MavenArtifact[] = [];
  company = await startCompany({ maven: mavenRegistry(artifacts), pypi: pypiRegistry(await wheels()) });
  stack = await openTestStack({
    egressUpstream: company.proxy,
    egressUpstreamNames: [`.${registryDomain}`],
    sharedImages: [`${toolchainImages}:*`],
  });
  const from = await ensureToolchains(stack.docker, 'jvm');
  image = await companyRoot(stack, { company, from, env: {} });
  const compiler = await stack.sandbox({ image });
  artifacts.push(...(await jvmArtifacts(compiler)));
  compiler.hands.close();
  await stack.driver.remove(compiler.id);
}, 900_000);
afterAll(async () => {
  await stack?.close();
  await company?.close();
});

test.each([...jvmKinds, pdmKind])('$kind', kind => tryKind(stack, { company, image, kind, base: false }));
