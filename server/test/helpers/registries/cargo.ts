import { type Registry, registryDomain } from '../../../../test/emulators/company.ts';
import { digest, type Files, tarballOf } from './packed.ts';

const origin = `https://crates.${registryDomain}`;
export const crateIndex = `sparse+${origin}/index/`;

export type Crate = { name: string; version: string; content: Buffer };

export async function crateOf(name: string, version: string, source: string): Promise<Crate> {
  const files: Files = {
    'Cargo.toml': `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2021"\n`,
    'src/lib.rs': source,
  };
  const inside = Object.entries(files).map(([path, text]) => [`${name}-${version}/${path}`, text]);
  return { name, version, content: await tarballOf(Object.fromEntries(inside)) };
}

/** The sparse index of cargo. Names have four letters or more. */
export function crateRegistry(crates: Crate[]): Registry {
  const all = new Map<string, string | Buffer>([
    ['/index/config.json', JSON.stringify({ dl: `${origin}/dl/{crate}/{version}` })],
  ]);
  for (const { name, version, content } of crates) {
    const line = {
      name,
      vers: version,
      deps: [],
      cksum: digest('sha256', content),
      features: {},
      yanked: false,
    };
    all.set(`/index/${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`, `${JSON.stringify(line)}\n`);
    all.set(`/dl/${name}/${version}`, content);
  }
  return path => {
    const body = all.get(path);
    return body === undefined ? null : { body };
  };
}
