import type Docker from 'dockerode';
import { type Failure, failure, type Result } from '../result.ts';
import { statusOf } from './errors.ts';
import { type Executed, execute } from './exec.ts';
import { ensureHelper } from './helper.ts';
import { ourLabels } from './labels.ts';

export type DisksOptions = {
  docker: Docker;
  house: string;
  image: () => Promise<string>;
  log: (text: string) => void;
};

export type DiskAge = { id: string; ageMs: number };

export interface Disks {
  /** Whether the engine can mount disks of a fixed size; found out once. */
  supported(): Promise<boolean>;
  make(id: string, bytes: number): Promise<Result>;
  /** Idempotent. */
  drop(id: string): Promise<void>;
  list(): Promise<DiskAge[]>;
}

/** Sparse files with ext4 inside, as device nodes on the engine's host, by way of a container of ours. */
export function disks({ docker, house, image, log }: DisksOptions): Disks {
  const name = `deckhand-${house}-disks`;
  let helper: Promise<Docker.Container> | undefined;
  let support: Promise<boolean> | undefined;

  const ensure = () => {
    helper ??= (async () => {
      const Image = await image();
      await docker.createVolume({ Name: name, Driver: 'local', Labels: ourLabels(house, 'disks') });
      return ensureHelper(docker, { name, house, role: 'disks', options: container(name, Image) });
    })();
    helper.catch(() => {
      helper = undefined;
    });
    return helper;
  };

  /** The helper is looked up once; where it is gone by now it is made again. */
  const ask = async (...args: string[]): Promise<Executed> => {
    const argv = ['/bin/sh', '/opt/deckhand/disks.sh', ...args];
    try {
      return await execute(await ensure(), argv);
    } catch (error) {
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
      helper = undefined;
      return execute(await ensure(), argv);
    }
  };

  const probe = async (): Promise<boolean> => {
    const id = `probe-${process.pid}-${Date.now()}`;
    const made = await ask('make', id, String(probeBytes));
    await ask('drop', id);
    if (made.code !== 0) {
      log(
        `This engine cannot mount disks of a fixed size (${made.stderr.trim()}): sandboxes get plain volumes, without a disk limit.`,
      );
    }
    return made.code === 0;
  };

  return {
    supported: () => {
      support ??= probe();
      support.catch(() => {
        support = undefined;
      });
      return support;
    },
    make: async (id, bytes) => {
      const { code, stderr } = await ask('make', id, String(bytes));
      return code === 0 ? { ok: true } : makeFailure(stderr.trim());
    },
    drop: async id => {
      const { code, stderr } = await ask('drop', id);
      if (code !== 0) throw new Error(`disk ${id} could not be dropped: ${stderr.trim()}`);
    },
    list: async () => {
      const { stdout } = await ask('list');
      const lines = stdout.split('\n').filter(Boolean);
      return lines.map(line => {
        const [id = '', seconds] = line.split(' ');
        return { id, ageMs: Number(seconds) * 1000 };
      });
    },
  };
}

const probeBytes = 16 * 1024 * 1024;

const makeFailure = (words: string): Failure =>
  /no space left/i.test(words)
    ? failure('disk_full', "The engine's disk is full; free some with: docker system prune")
    : failure('internal', `A sandbox's disk could not be made: ${words}`);

const container = (volume: string, Image: string): Docker.ContainerCreateOptions => ({
  Image,
  User: '0:0',
  Cmd: ['/bin/sh', '/opt/deckhand/stay.sh'],
  HostConfig: {
    // Not `Privileged`: what loop devices need and no more, which also works where the engine itself lacks some rights.
    CapDrop: ['ALL'],
    CapAdd: ['SYS_ADMIN', 'MKNOD', 'DAC_OVERRIDE'],
    DeviceCgroupRules: ['b 7:* rwm', 'c 10:237 rwm'],
    SecurityOpt: ['apparmor=unconfined'],
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    // mkfs wants a place for a lock; `/dev` is the host's, so that the engine finds the nodes made here.
    Tmpfs: { '/run': 'rw,nosuid,nodev,size=1m', '/tmp': 'rw,nosuid,nodev,size=1m' },
    Binds: ['/dev:/dev', `${volume}:/disks`],
    RestartPolicy: { Name: 'unless-stopped' },
    PidsLimit: 256,
  },
});
