import { gzipSync } from 'node:zlib';
import { type Registry, registryDomain } from '../../../../test/emulators/company.ts';
import { digest, tarballOf, tarOf } from './packed.ts';

export const gemsUrl = `https://gems.${registryDomain}`;

export type Gem = { name: string; version: string; content: Buffer };

export async function gemOf(name: string, version: string, source: string): Promise<Gem> {
  const metadata = `--- !ruby/object:Gem::Specification
name: ${name}
version: !ruby/object:Gem::Version
  version: ${version}
platform: ruby
specification_version: 4
authors: [Test]
summary: Made by a test
files: [lib/${name}.rb]
require_paths: [lib]
required_ruby_version: !ruby/object:Gem::Requirement
  requirements: [[">=", !ruby/object:Gem::Version {version: '0'}]]
required_rubygems_version: !ruby/object:Gem::Requirement
  requirements: [[">=", !ruby/object:Gem::Version {version: '0'}]]
dependencies: []
`;
  const data = await tarballOf({ [`lib/${name}.rb`]: source });
  return { name, version, content: await tarOf({ 'metadata.gz': gzipSync(metadata), 'data.tar.gz': data }) };
}

/** The compact index of Bundler. */
export function gemRegistry(gems: Gem[]): Registry {
  const infoOf = ({ version, content }: Gem) => `---\n${version} |checksum:${digest('sha256', content)}\n`;
  return path => {
    if (path === '/versions') {
      const lines = gems.map(gem => `${gem.name} ${gem.version} ${digest('md5', infoOf(gem))}\n`);
      return { body: `created_at: 2026-01-01T00:00:00Z\n---\n${lines.join('')}`, type: 'text/plain' };
    }
    for (const gem of gems) {
      if (path === `/info/${gem.name}`) return { body: infoOf(gem), type: 'text/plain' };
      if (path === `/gems/${gem.name}-${gem.version}.gem`) return { body: gem.content };
    }
    return null;
  };
}
