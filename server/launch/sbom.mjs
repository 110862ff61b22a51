#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `npm run sbom`: what a running Deckhand is made of, as CycloneDX 1.6 (JSON) on stdout, read from the lock file. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { name, version, packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

/** `sha512-<base64>` of npm, as the algorithm and hex of CycloneDX. */
const hashOf = integrity => {
  const [algorithm, base64] = integrity.split('-');
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(base64, 'base64').toString('hex') };
};

const componentOf = ([path, { version, integrity, license, optional }]) => {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    scope: optional ? 'optional' : 'required',
    ...(integrity ? { hashes: [hashOf(integrity)] } : {}),
    ...(typeof license === 'string' ? { licenses: [{ expression: license }] } : {}),
  };
};

const listed = Object.entries(packages).filter(
  ([path, { link, dev, version }]) => path.includes('node_modules/') && !link && !dev && version,
);
const components = new Map(listed.map(componentOf).map(each => [each.purl, each]));
process.stdout.write(
  `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: { component: { type: 'application', 'bom-ref': name, name, version } },
      components: [...components.values()],
    },
    null,
    2,
  )}\n`,
);
