import type Docker from 'dockerode';
import { failure, type Result } from '../result.ts';
import { execStream } from './exec.ts';
import { ensureHelper } from './helper.ts';
import { ourLabels } from './labels.ts';
import { type LineRequests, lineRequests } from './lineRequests.ts';

export type DiskHelperOptions = {
  docker: Docker;
  deployment: string;
  image: () => Promise<string>;
  /** 0: whatever the engine's disk holds. */
  budgetBytes: number;
};

export type DiskHelper = {
  /** Which kind of copies its store makes. */
  mode(): Promise<Result<{ mode: string }>>;
  ask(...words: string[]): Promise<{ code: number; said: string }>;
  close(): void;
};

export const diskHelperName = (deployment: string): string => `deckhand-${deployment}-disks`;

/**
 * The container that makes disks, asked through one process in it that stays: an exec for each request would take
 * longer than what it asks for. Made again where it is gone.
 */
export function diskHelper({ docker, deployment, image, budgetBytes }: DiskHelperOptions): DiskHelper {
  const name = diskHelperName(deployment);
  let opening: Promise<LineRequests> | undefined;

  const open = async (): Promise<LineRequests> => {
    const Image = await image();
    await docker.createVolume({ Name: name, Driver: 'local', Labels: ourLabels(deployment, 'disks') });
    const helper = await ensureHelper(docker, {
      name,
      deployment,
      role: 'disks',
      options: container(name, Image),
    });
    const argv = ['/bin/sh', '/opt/deckhand/disks.sh', 'serve', String(budgetBytes)];
    const { stream, stderr } = await execStream(helper, argv);
    const requests = await lineRequests(stream);
    if (requests) return requests;
    throw new Error(`the helper for disks ended: ${stderr()}`);
  };
  const session = async (): Promise<LineRequests> => {
    const found = await opening?.catch(() => undefined);
    if (found && !found.isOver()) return found;
    // Of several that wait here, one opens.
    if (!opening || (await isOver(opening))) opening = open();
    return opening;
  };

  return {
    mode: async () => {
      const { opened } = await session();
      return opened.code === 0 ? { ok: true, mode: opened.said } : failure('internal', opened.said.trim());
    },
    ask: async (...words) => {
      // Every operation may be repeated, or fails where it had been done: so one that got no answer is asked once more.
      for (let attempt = 0; attempt < 2; attempt++) {
        const answer = await (await session()).ask(words);
        if (answer) return answer;
      }
      return { code: -1, said: 'the helper for disks ended' };
    },
    close: () => {
      void opening?.then(
        requests => requests.close(),
        () => {},
      );
    },
  };
}

const isOver = (opening: Promise<LineRequests>): Promise<boolean> =>
  opening.then(
    requests => requests.isOver(),
    () => true,
  );

const container = (volume: string, Image: string): Docker.ContainerCreateOptions => ({
  Image,
  User: '0:0',
  Cmd: ['/bin/sh', '/opt/deckhand/stay.sh'],
  HostConfig: {
    // Not `Privileged`: what loop devices and mounts need and no more, which also works where the engine itself lacks
    // some rights.
    CapDrop: ['ALL'],
    CapAdd: ['SYS_ADMIN', 'MKNOD', 'DAC_OVERRIDE'],
    DeviceCgroupRules: ['b 7:* rwm', 'c 10:237 rwm'],
    SecurityOpt: ['apparmor=unconfined'],
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    // mkfs wants a place for a lock; `/dev` is the host's, so that the engine finds the nodes made here.
    Tmpfs: { '/run': 'rw,nosuid,nodev,size=8m', '/tmp': 'rw,nosuid,nodev,size=1m' },
    Binds: ['/dev:/dev', `${volume}:/disks`],
    RestartPolicy: { Name: 'unless-stopped' },
    PidsLimit: 1024,
  },
});
