import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attach, detach, nodeOf } from './loop.ts';

/** Takes and lets go of so many loop devices, three at once, as the helper of a server does. Prints how many it had. */
const [dir = '', rounds = ''] = process.argv.slice(2);
let had = 0;
for (let round = 0; round < Number(rounds); round += 1) {
  const ids = [0, 1, 2].map(n => `loops-${process.pid}-${round}-${n}`);
  const fileOf = (id: string) => join(dir, `${id}.img`);
  await Promise.all(
    ids.map(async id => {
      await writeFile(fileOf(id), '');
      await truncate(fileOf(id), 1024 * 1024);
      await attach(id, fileOf(id));
      had += 1;
    }),
  );
  await Promise.all(
    ids.map(async id => {
      await rm(nodeOf(id));
      await detach(fileOf(id));
      await rm(fileOf(id));
    }),
  );
}
process.stdout.write(`${had}\n`);
