import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  afterMounts,
  engineThat,
  engineWithoutMounts,
  findEngine,
  openDisks,
  undoDevices,
} from '../../../../test/helpers/diskVolumes.ts';

const mib = 1024 * 1024;

beforeAll(findEngine);
afterAll(undoDevices);

test('disks that were mounted before are never taken for lost where they cannot be for a while', async () => {
  const stack = await openDisks(undefined, afterMounts, engineWithoutMounts());
  try {
    await expect(stack.disks.support()).rejects.toThrow(
      /mounted disks.*before.*not supported.*DECKHAND_DISKS=volume/s,
    );
  } finally {
    await stack.close();
  }
});

test.each([
  ['refuses a container that may mount', engineWithoutMounts, /rules for devices are not supported/],
  [
    'has no loop devices to give',
    () =>
      engineThat(({ HostConfig, ...options }) => ({
        ...options,
        HostConfig: { ...HostConfig, CapAdd: ['DAC_OVERRIDE', 'CHOWN', 'FOWNER'], DeviceCgroupRules: [] },
      })),
    /losetup|loop|permitted|denied/i,
  ],
])('an engine that %s gives folders, and it is said why', async (_, engine, why) => {
  const stack = await openDisks(undefined, async () => {}, engine());
  try {
    expect(await stack.disks.support()).toEqual({ kind: 'folders', shares: false });
    expect(stack.said.join('\n')).toMatch(
      /cannot mount disks of a fixed size \(.+\): the disks of sandboxes are folders/,
    );
    expect(stack.said.join('\n')).toMatch(why);
    expect(await stack.disks.make('one', mib)).toEqual({ ok: true });
  } finally {
    await stack.close();
  }
});
