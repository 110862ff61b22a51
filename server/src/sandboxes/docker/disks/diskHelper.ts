import { type DiskOp, Opened, type RequestOf, type StoreMode } from '@deckhand/sandbox/disks';
import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import { execStream } from '../exec.ts';
import { ensureHelper } from '../helper.ts';
import { ourLabels } from '../labels.ts';
import { type Answered, type DiskRequests, diskRequests } from './diskRequests.ts';

/** What disks are: file systems of their own in files, or folders where the engine cannot mount those. */
export type DiskKind = 'images' | 'folders';

export type DiskHelperOptions = {
  docker: Docker;
  deployment: string;
  image: () => Promise<string>;
  /** 0: whatever the engine's disk holds. */
  budgetBytes: number;
};

export type DiskHelper = {
  /** Which kind of copies its store makes. */
  mode(): Promise<Result<{ mode: StoreMode; hasImages: boolean }>>;
  ask<O extends DiskOp>(request: RequestOf<O>): Promise<Answered<O>>;
  close(): void;
};

/** The volume that all disks of a deployment lie in. */
export const disksVolume = (deployment: string): string => `deckhand-${deployment}-disks`;

export const diskHelperName = (deployment: string, kind: DiskKind): string =>
  kind === 'images' ? `deckhand-${deployment}-disks` : `deckhand-${deployment}-folders`;

/**
 * The container that makes disks, asked through one process in it that stays: an exec for each request would take
 * longer than what it asks for. Made again where it is gone.
 */
export function diskHelper(
  { docker, deployment, image, budgetBytes }: DiskHelperOptions,
  kind: DiskKind,
): DiskHelper {
  const volume = disksVolume(deployment);
  let opening: Promise<DiskRequests> | undefined;

  const open = async (): Promise<DiskRequests> => {
    const Image = await image();
    await docker.createVolume({ Name: volume, Driver: 'local', Labels: ourLabels(deployment, 'disks') });
    const helper = await ensureHelper(docker, {
      name: diskHelperName(deployment, kind),
      deployment,
      role: 'disks',
      options: { ...common, Image, HostConfig: kind === 'images' ? forImages(volume) : forFolders(volume) },
    });
    const argv = ['node', '--max-old-space-size=128', '/opt/deckhand/disks.mjs', 'serve', kind];
    const { stream, stderr } = await execStream(helper, [...argv, String(budgetBytes)]);
    const requests = await diskRequests(stream);
    if (requests) return requests;
    throw new Error(`the helper for disks ended: ${stderr()}`);
  };
  const session = async (): Promise<DiskRequests> => {
    const found = await opening?.catch(() => undefined);
    if (found && !found.isOver()) return found;
    // Of several that wait here, one opens.
    if (!opening || (await isOver(opening))) opening = open();
    return opening;
  };

  return {
    mode: async () => {
      const { opened } = await session();
      if (!opened.ok) return failure('internal', opened.message);
      const answer = Opened.safeParse(opened.answer);
      return answer.success
        ? { ok: true, mode: answer.data.mode, hasImages: answer.data.hasImages ?? false }
        : failure('internal', 'the helper for disks does not say how it makes copies');
    },
    ask: async request => {
      // Every operation may be repeated, or fails where it had been done: so one that got no answer is asked once more.
      for (let attempt = 0; attempt < 2; attempt++) {
        const answer = await (await session()).ask(request);
        if (answer) return answer;
      }
      return { ok: false, code: 'failed', message: 'the helper for disks ended' };
    },
    close: () => {
      void opening?.then(
        requests => requests.close(),
        () => {},
      );
    },
  };
}

const isOver = (opening: Promise<DiskRequests>): Promise<boolean> =>
  opening.then(
    requests => requests.isOver(),
    () => true,
  );

const common = { User: '0:0', Cmd: ['/bin/sh', '/opt/deckhand/stay.sh'], WorkingDir: '/' };

const hostConfig = {
  CapDrop: ['ALL'],
  NetworkMode: 'none',
  ReadonlyRootfs: true,
  RestartPolicy: { Name: 'unless-stopped' },
  PidsLimit: 1024,
};

/**
 * Not `Privileged`: what loop devices and mounts need and no more, which also works where the engine itself lacks some
 * rights. mkfs wants a place for a lock; `/dev` is the host's, so that the engine finds the nodes made here.
 */
const forImages = (volume: string): Docker.HostConfig => ({
  ...hostConfig,
  CapAdd: ['SYS_ADMIN', 'MKNOD', 'DAC_OVERRIDE'],
  DeviceCgroupRules: ['b 7:* rwm', 'c 10:237 rwm'],
  SecurityOpt: ['apparmor=unconfined'],
  Tmpfs: { '/run': 'rw,nosuid,nodev,size=8m', '/tmp': 'rw,nosuid,nodev,size=1m' },
  Binds: ['/dev:/dev', `${volume}:/disks`],
});

/** Copies files of others with their owners and rights, and removes them. */
const forFolders = (volume: string): Docker.HostConfig => ({
  ...hostConfig,
  CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'],
  SecurityOpt: ['no-new-privileges'],
  Tmpfs: { '/run': 'rw,nosuid,nodev,size=8m', '/tmp': 'rw,nosuid,nodev,size=1m' },
  Binds: [`${volume}:/disks`],
});
