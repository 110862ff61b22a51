import { type Registry, registryDomain } from '../../../../test/emulators/company.ts';
import { digest, type Files, zipOf } from './packed.ts';

export const mavenUrl = `https://maven.${registryDomain}`;

/** A part of a Maven repository: `group:artifact`, its version, its project file and its archive. */
export type MavenArtifact = { name: string; version: string; pom: string; jar: Buffer };

export async function artifactOf(
  name: string,
  version: string,
  files: Files,
  packaging = 'jar',
): Promise<MavenArtifact> {
  const [groupId, artifactId] = name.split(':');
  const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version><packaging>${packaging}</packaging></project>\n`;
  const manifest = { 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n' };
  return { name, version, pom, jar: await zipOf({ ...manifest, ...files }) };
}

/** As Maven Central answers, with sums beside the files. */
export function mavenRegistry(artifacts: readonly MavenArtifact[]): Registry {
  return path => {
    for (const { name, version, pom, jar } of artifacts) {
      const [group = '', artifact] = name.split(':');
      const at = `/${group.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}`;
      for (const [file, body] of [
        [`${at}.pom`, pom],
        [`${at}.jar`, jar],
      ] as const) {
        if (path === file) return { body };
        if (path === `${file}.sha1`) return { body: digest('sha1', body) };
      }
    }
    return null;
  };
}
