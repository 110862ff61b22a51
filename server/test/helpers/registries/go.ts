import { createHash } from 'node:crypto';
import { type Registry, registryDomain } from '../../../../test/emulators/company.ts';
import { digest, type Files, zipOf } from './packed.ts';

export const goProxy = `https://go.${registryDomain}`;

export type GoModule = { path: string; version: string; mod: string; content: Buffer; sums: string };

export async function goModule(path: string, version: string, files: Files): Promise<GoModule> {
  const mod = `module ${path}\n\ngo 1.19\n`;
  const inside = Object.entries({ 'go.mod': mod, ...files }).map(
    ([name, content]) => [`${path}@${version}/${name}`, content] as const,
  );
  const sums = [
    `${path} ${version} ${hashOf(inside)}`,
    `${path} ${version}/go.mod ${hashOf([['go.mod', mod]])}`,
  ];
  return {
    path,
    version,
    mod,
    content: await zipOf(Object.fromEntries(inside)),
    sums: `${sums.join('\n')}\n`,
  };
}

/** As go.sum has it. */
function hashOf(files: (readonly [name: string, content: string | Buffer])[]): string {
  const lines = files
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => `${digest('sha256', Buffer.from(content))}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}

/** A module proxy. */
export function goRegistry(modules: GoModule[]): Registry {
  return path => {
    for (const { path: name, version, mod, content } of modules) {
      const at = `/${name}/@v`;
      const about = JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' });
      if (path === `${at}/list`) return { body: `${version}\n` };
      if (path === `${at}/${version}.info` || path === `/${name}/@latest`) return { body: about };
      if (path === `${at}/${version}.mod`) return { body: mod };
      if (path === `${at}/${version}.zip`) return { body: content };
    }
    return null;
  };
}
