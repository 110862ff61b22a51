import { z } from 'zod';
import { openFolderStore } from './folderStore.ts';
import { underLock } from './lock.ts';
import { openImageStore } from './openStore.ts';
import { serve } from './serve.ts';

/** Runs as root in the helper container `disks`: it alone may make loop devices. /disks is a volume, /dev the host's. */
const Arguments = z.tuple([
  z.literal('serve'),
  z.enum(['images', 'folders']),
  z.coerce.number().int().nonnegative(),
]);

const given = Arguments.safeParse(process.argv.slice(2));
if (!given.success) {
  process.stderr.write('Use: disks.mjs serve images|folders BUDGET (bytes; 0 for no budget)\n');
  process.exitCode = 2;
} else {
  const [, kind, budgetBytes] = given.data;
  // Helpers and servers may look at the same time.
  const open = () =>
    underLock('/disks/.lock', () => (kind === 'folders' ? openFolderStore : openImageStore)(budgetBytes));
  const served = await serve(open, { input: process.stdin, output: process.stdout });
  process.exitCode = served ? 0 : 1;
}
