import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBaseImage, ensureEngine } from '@deckhand/sandbox/preflight';
import { failure } from '@deckhand/shared';
import type Docker from 'dockerode';
import { openHands } from '../../src/sandboxes/channel/openHands.ts';
import { type DockerDriverOptions, dockerDriver } from '../../src/sandboxes/docker/driver.ts';
import { label } from '../../src/sandboxes/docker/labels.ts';
import type { SandboxDriver, SandboxLimits, SandboxSpec } from '../../src/sandboxes/driver.ts';
import type { Hands } from '../../src/sandboxes/hands.ts';

export type TestSandbox = { id: string; hands: Hands; container: Docker.Container };

export type TestStack = {
  docker: Docker;
  driver: SandboxDriver;
  name: string;
  /** What its drivers had to say. */
  said: string[];
  /** Of one more server of the same deployment. */
  anotherDriver: (more?: DriverSettings) => SandboxDriver;
  sandbox: (options?: SandboxOptions) => Promise<TestSandbox>;
  close: () => Promise<void>;
};

export type SandboxOptions = {
  limits?: Partial<SandboxLimits>;
  env?: Record<string, string>;
  fence?: number;
  /** Its root file system; the base image where absent. */
  image?: string;
};

type DriverSettings = Pick<
  DockerDriverOptions,
  | 'runtime'
  | 'diskBudgetBytes'
  | 'diskKind'
  | 'buildLimits'
  | 'sharedImages'
  | 'egressUpstream'
  | 'egressUpstreamNames'
  | 'egressRules'
  | 'egressAuthorities'
>;

const mib = 1024 * 1024;
export const testLimits: SandboxLimits = { memoryBytes: 512 * mib, cpus: 1, pids: 256, diskBytes: 256 * mib };

/** A real engine, with helpers and sandboxes of this test file's own. */
export async function openTestStack(more: DriverSettings = {}): Promise<TestStack> {
  const say = () => {};
  const engine = await ensureEngine({
    dockerHost: process.env.DOCKER_HOST,
    dataDir: join(tmpdir(), 'deckhand-engine'),
    say,
  });
  if (!engine.ok) throw new Error(engine.message);
  const { docker } = engine;
  const name = `test-${randomBytes(4).toString('hex')}`;
  const egressSecret = randomBytes(16).toString('hex');
  const said: string[] = [];
  const drivers: SandboxDriver[] = [];
  const newDriver = (special: DriverSettings = {}) => {
    const made = dockerDriver({
      docker,
      deployment: name,
      egressSecret,
      ...more,
      ...special,
      log: text => said.push(text),
      baseImage: async () => {
        const made = await ensureBaseImage({ docker, say });
        return made.ok ? made : failure('engine_down', made.message);
      },
    });
    drivers.push(made);
    return made;
  };
  const driver = newDriver();
  const prepared = await driver.prepare();
  if (!prepared.ok) throw new Error(prepared.message);
  const open: Hands[] = [];

  return {
    docker,
    driver,
    name,
    said,
    anotherDriver: newDriver,
    sandbox: async ({ limits, env, image, fence = 1 } = {}) => {
      const spec = testSpec({
        limits: { ...testLimits, ...limits },
        ...(env ? { env } : {}),
        ...(image ? { image } : {}),
      });
      const made = await driver.create(spec);
      if (!made.ok) throw new Error(made.message);
      const opened = await openHands({ driver, sandboxId: spec.id, fence });
      if (!opened.ok) throw new Error(opened.message);
      open.push(opened.hands);
      return { id: spec.id, hands: opened.hands, container: docker.getContainer(`deckhand-${spec.id}`) };
    },
    close: async () => {
      for (const hands of open) hands.close();
      for (const { id } of await driver.list()) await driver.remove(id);
      for (const { image } of await driver.listRoots()) await driver.removeRoot(image);
      for (const each of drivers) await each.close();
      const filters = { label: [`${label.deployment}=${name}`] };
      for (const { Id } of await docker.listContainers({ all: true, filters })) {
        await docker.getContainer(Id).remove({ force: true });
      }
      const { Volumes } = await docker.listVolumes({ filters });
      for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove();
      const layers = () => docker.listImages({ filters: { ...filters, dangling: ['true'] } });
      // What a build left for the next one; under a layer lies another.
      for (let left = await layers(); left.length > 0; left = await layers())
        for (const { Id } of left) await docker.getImage(Id).remove();
    },
  };
}

export const testSpec = (more: Partial<SandboxSpec> = {}): SandboxSpec => ({
  id: `sbx_${randomBytes(6).toString('hex')}`,
  labels: { orgId: 'org_test', repoId: 'sample', owner: 'session', sessionId: 'ses_test' },
  limits: testLimits,
  ...more,
});

let calls = 0;
export const newCallId = (): string => `call_${process.pid}_${++calls}`;

/** The output of a command that must succeed. */
export async function sh(hands: Hands, command: string): Promise<string> {
  const done = await hands.run(['bash', '-c', command]);
  if (!done.ok) throw new Error(done.message);
  if (done.code !== 0) throw new Error(`${command}: ${done.code} ${done.stderr}`);
  return done.stdout.toString().trim();
}
