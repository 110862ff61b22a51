import { type Crate, crateIndex } from './cargo.ts';
import type { GoModule } from './go.ts';
import type { Kind } from './kinds.ts';
import { digest } from './packed.ts';

/** What tells of one, over an image that has its language. */
export const over = (source: string) => `.devcontainer.json, ${source}`;

/** Languages that our base image does not have, over an image that has them. */
export function compiledKinds({ go, crate }: { go: GoModule; crate: Crate }): Kind[] {
  return [
    {
      kind: 'Go',
      files: {
        'go.mod': `module example.test/shop\n\ngo 1.19\n\nrequire ${go.path} ${go.version}\n`,
        'go.sum': go.sums,
        'main.go': `package main\n\nimport "${go.path}"\n\nfunc main() { print(tiny.Said) }\n`,
      },
      source: over('go.sum'),
      steps: ['go mod download'],
      look: 'GOFLAGS=-mod=mod go run .',
      says: 'right',
      fetched: [`go.registry.test/${go.path}/@v/${go.version}.zip`],
    },
    {
      kind: 'Cargo',
      files: {
        'Cargo.toml': `[package]\nname = "shop"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\n${crate.name} = "1"\n`,
        'Cargo.lock': cargoLock(crate),
        'src/main.rs': `fn main() { println!("{}", ${crate.name}::SAID); }\n`,
        '.cargo/config.toml': `[source.crates-io]\nreplace-with = "company"\n[source.company]\nregistry = "${crateIndex}"\n`,
        '.gitignore': 'target/\n',
      },
      source: over('Cargo.lock'),
      steps: ['cargo fetch --locked'],
      look: 'cargo run --quiet --offline',
      says: 'right',
      fetched: [`crates.registry.test/dl/${crate.name}/${crate.version}`],
    },
  ];
}

const cargoLock = ({ name, version, content }: Crate) => `version = 3

[[package]]
name = "shop"
version = "1.0.0"
dependencies = [
 "${name}",
]

[[package]]
name = "${name}"
version = "${version}"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "${digest('sha256', content)}"
`;
