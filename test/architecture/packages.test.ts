import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { root } from './sources.ts';

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      link: z.boolean().optional(),
      optional: z.boolean().optional(),
      integrity: z.string().optional(),
      license: z.unknown().optional(),
    }),
  ),
});
const { packages } = Lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && !link,
);

test('every package is pinned by its checksum, but those of platforms that nobody has tried', () => {
  const own = /\/@deckhand\//;
  const without = installed.filter(
    ([path, { integrity, optional }]) => !integrity && !optional && !own.test(path),
  );
  expect(without.map(([path]) => path)).toEqual([]);
});

/** Of what may be shipped with an MIT project; MPL and LGPL only as files and libraries that stay as they are. */
const compatible =
  /^(\(?(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|CC0-1\.0|CC-BY-4\.0|Python-2\.0|Unlicense|AFL-2\.1|MPL-2\.0|LGPL-3\.0-or-later)\)?( (AND|OR) )?)+$/;
/** Of those the lock file does not know; read in their package by hand. */
const read = ['buildcheck', 'cpu-features', 'ssh2', 'xmlhttprequest-ssl'];

test('every licence is compatible with ours', () => {
  const foreign = installed.filter(([path, { license, optional, integrity }]) => {
    if (/\/@deckhand\//.test(path) || (optional && !integrity)) return false;
    return !read.some(name => path.endsWith(`/${name}`)) && !compatible.test(String(license));
  });
  expect(foreign.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});

test('no package runs anything when it is installed', () => {
  const launch = readFileSync(join(root, 'server/launch/packages.mjs'), 'utf8');
  const installs = [...launch.matchAll(/\[\s*'(ci|install)'[^\]]*\]/g)].map(([text]) => text);
  expect(installs.length).toBeGreaterThan(0);
  expect(installs.filter(text => !text.includes("'--ignore-scripts'"))).toEqual([]);
});

test('the list of parts names every package that runs, with its checksum and licence', () => {
  const bom = JSON.parse(
    execFileSync(process.execPath, [join(root, 'server/launch/sbom.mjs')], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }),
  ) as {
    components: { name: string; hashes?: { alg: string; content: string }[]; licenses?: object[] }[];
  };
  const express = bom.components.find(({ name }) => name === 'express');
  expect(express).toMatchObject({
    hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
  });
  expect(bom.components.some(({ name }) => name === '@jest/globals')).toBe(false);
  expect(bom.components.length).toBeGreaterThan(200);
});
