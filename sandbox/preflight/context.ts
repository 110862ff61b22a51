import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import tar from 'tar-stream';
import { bundlePrograms } from './bundle.ts';
import { extraCertificates } from './certificates.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export type BuildContext = {
  /** Changes exactly when the image would. */
  fingerprint: string;
  /** A fresh stream of the context for each attempt. */
  pack: () => tar.Pack;
};

/** All that `docker build` sees: Dockerfile, the scripts of image/, the bundled programs, the host's extra certificates. */
export async function buildContext(certificateFiles: string[]): Promise<BuildContext> {
  const files: { name: string; content: Buffer }[] = [
    { name: 'Dockerfile', content: await readFile(`${root}/Dockerfile`) },
  ];
  for (const name of (await readdir(`${root}/image`)).sort()) {
    const content = await readFile(`${root}/image/${name}`);
    files.push({ name: name === 'install-node.sh' ? name : `runtime/${name}`, content });
  }
  for (const program of bundlePrograms()) files.push({ ...program, name: `runtime/${program.name}` });
  const certificates = await extraCertificates(certificateFiles);
  certificates.forEach((pem, i) => {
    files.push({ name: `certificates/extra-${i}.crt`, content: Buffer.from(pem) });
  });

  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.name}\0${file.content.length}\0`).update(file.content);
  return {
    fingerprint: hash.digest('hex').slice(0, 12),
    pack: () => {
      const pack = tar.pack();
      pack.entry({ name: 'certificates', type: 'directory', mode: 0o755 });
      // A fixed time: the builder's layer cache looks at it.
      for (const file of files)
        pack.entry({ name: file.name, mode: 0o755, mtime: new Date(0) }, file.content);
      pack.finalize();
      return pack;
    },
  };
}
