import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { Company } from '../../../test/emulators/company.ts';
import type { Environment } from '../../src/sandboxes/environments/environment.ts';
import { readEnvironment } from '../../src/sandboxes/environments/readEnvironment.ts';
import { makeReady } from '../../src/sandboxes/images/steps.ts';
import type { Kind } from './registries/kinds.ts';
import { npmUrl } from './registries/npm.ts';
import { digest } from './registries/packed.ts';
import { context } from './root-spec.ts';
import { sh, type TestSandbox, type TestStack } from './sandboxStack.ts';
import { treeOf } from './treeOf.ts';

const mib = 1024 * 1024;
/** Managers and what they unpack want more than a test's sandbox has else. */
const limits = { memoryBytes: 1536 * mib, diskBytes: 1024 * mib, cpus: 2 };

/** A root file system as a company's repository has it: it trusts the company's authority and knows its registries. */
export async function companyRoot(
  stack: TestStack,
  { company, from, env }: { company: Company; from: string; env: Record<string, string> },
): Promise<string> {
  const variables = Object.entries(env).map(([name, value]) => `ENV ${name}=${value}`);
  const Dockerfile = `FROM ${from}
USER root
COPY company.crt /usr/local/share/ca-certificates/company.crt
RUN update-ca-certificates
${variables.join('\n')}
`;
  let log = '';
  const built = await stack.driver.buildRoot(
    {
      repoId: 'sample',
      fingerprint: digest('sha256', `${from}\n${company.certificate}`),
      from: {
        dockerfile: 'Dockerfile',
        context: context({ Dockerfile, 'company.crt': company.certificate }),
      },
      timeoutMs: 300_000,
    },
    text => {
      log += text;
    },
  );
  if (!built.ok) throw new Error(`${built.message}\n${log}`);
  return built.image;
}

export type Tried = { box: TestSandbox; log: string };

/** Makes a repository ready as its image's build would, in a sandbox of its own, and looks whether it works. */
export async function tryKind(
  stack: TestStack,
  { company, image, kind, base = true }: { company: Company; image: string; kind: Kind; base?: boolean },
): Promise<Tried> {
  const environment = await environmentOf(kind, base);
  expect(environment.source).toBe(kind.source);
  expect(environment.notes).toEqual((kind.notes ?? []).map(note => expect.stringMatching(note)));
  expect(stepsOf(environment)).toEqual(
    kind.steps.map(step => (typeof step === 'string' ? step : expect.stringMatching(step))),
  );
  const box = await stack.sandbox({ image, limits });
  try {
    await fillRepo(box, kind.files);
    const from = company.asked.length;
    let log = '';
    const write = (text: string) => {
      log += text;
    };
    const steps = { environment, secrets: [], timeoutMs: 300_000, write };
    const ready = await makeReady(box.hands, steps, { installed: false });
    const warnings = (kind.warnings ?? []).map(each => expect.stringMatching(each));
    if (!ready.ok || ready.warnings.length > warnings.length)
      throw new Error(`${JSON.stringify(ready)}\n${log}`);
    expect(ready.warnings).toEqual(warnings);
    const looked = await box.hands.run(['bash', '-c', kind.look], {
      cwd: '/work/repo',
      env: environment.env,
    });
    expect(looked.ok && `${looked.stdout}${looked.stderr}`.trim()).toBe(kind.says);
    expect(company.asked.slice(from)).toEqual(expect.arrayContaining(kind.fetched));
    return { box, log };
  } finally {
    box.hands.close();
    await stack.driver.remove(box.id);
  }
}

/** `base`: as if on our base image; else on an image whose tools are its own. */
async function environmentOf({ files }: Kind, base: boolean): Promise<Environment> {
  const named = base ? {} : { '.devcontainer.json': JSON.stringify({ image: 'localhost/tools' }) };
  const read = await readEnvironment(treeOf({ ...named, ...files }));
  if (!read.ok) throw new Error(read.message);
  return read.environment;
}

const stepsOf = ({ install, guesses, afterInstall }: Environment): string[] =>
  [install, ...guesses.map(each => each.command), afterInstall].filter(each => each !== undefined);

async function fillRepo({ hands }: TestSandbox, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const at = `/work/repo/${path}`;
    await sh(hands, `mkdir -p ${dirname(at)}`);
    const put = await hands.put(at, Buffer.from(text));
    if (!put.ok) throw new Error(put.message);
  }
  await sh(
    hands,
    'cd /work/repo && git init -q && git add -A && git -c user.name=T -c user.email=t@t commit -qm First',
  );
}

/** Yarn's own lock file of a package.json: nobody else knows how it sums what it packs anew. */
export async function lockOfBerry(company: Company, manifest: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-berry-'));
  const yarn = fileURLToPath(new URL('../../../node_modules/@yarnpkg/cli-dist/bin/yarn.js', import.meta.url));
  try {
    await writeFile(join(dir, 'package.json'), manifest);
    await writeFile(join(dir, 'yarn.lock'), '');
    await writeFile(join(dir, 'company.crt'), company.certificate);
    const env = {
      PATH: process.env.PATH,
      HOME: dir,
      YARN_GLOBAL_FOLDER: join(dir, 'global'),
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      YARN_HTTPS_PROXY: company.proxy,
      YARN_HTTPS_CA_FILE_PATH: join(dir, 'company.crt'),
      YARN_NPM_REGISTRY_SERVER: npmUrl,
    };
    await promisify(execFile)(process.execPath, [yarn, 'install'], { cwd: dir, env });
    return await readFile(join(dir, 'yarn.lock'), 'utf8');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
