import type Docker from 'dockerode';
import semver from 'semver';

type Component = 'Engine' | 'containerd' | 'runc';

/** A way out of a container that was published, and the first version without it of each line that was mended. */
type Escape = { id: string; component: Component; fixedIn: readonly string[] };

/** From the advisories of each project. Of those that need rights which sandboxes do not have only the newest. */
const escapes: readonly Escape[] = [
  { id: 'CVE-2019-5736', component: 'runc', fixedIn: ['1.0.0'] },
  { id: 'CVE-2024-21626', component: 'runc', fixedIn: ['1.1.12'] },
  { id: 'CVE-2025-31133', component: 'runc', fixedIn: ['1.2.8', '1.3.3', '1.4.0'] },
  { id: 'CVE-2025-52565', component: 'runc', fixedIn: ['1.2.8', '1.3.3', '1.4.0'] },
  { id: 'CVE-2025-52881', component: 'runc', fixedIn: ['1.2.8', '1.3.3', '1.4.0'] },
  { id: 'CVE-2022-23648', component: 'containerd', fixedIn: ['1.4.13', '1.5.10', '1.6.1'] },
  { id: 'CVE-2024-40635', component: 'containerd', fixedIn: ['1.6.38', '1.7.27', '2.0.4'] },
  { id: 'CVE-2024-23653', component: 'Engine', fixedIn: ['24.0.9', '25.0.2'] },
];

/** Whether this version is one of those that have it: its own line says so, else the newest line that was mended. */
function has({ fixedIn }: Escape, version: semver.SemVer): boolean {
  const line = fixedIn.find(
    fixed => semver.major(fixed) === version.major && semver.minor(fixed) === version.minor,
  );
  return semver.lt(version, line ?? fixedIn.at(-1) ?? '0.0.0');
}

/** A sentence for each part of the engine whose version is known to let containers out; none where all are current. */
export function knownEscapes(versions: Partial<Record<string, string>>): string[] {
  const components = [...new Set(escapes.map(({ component }) => component))];
  return components.flatMap(component => {
    const given = versions[component];
    const version = semver.coerce(given);
    if (!given || !version) return [];
    const open = escapes.filter(each => each.component === component && has(each, version));
    if (open.length === 0) return [];
    const name = component === 'Engine' ? 'Docker' : component;
    const good = [...new Set(open.map(({ fixedIn }) => fixedIn.at(-1)))].sort().at(-1);
    return [
      `${name} ${given} has known ways out of a container (${open.map(({ id }) => id).join(', ')}), unless your distribution mended them: update it to ${good} or later.`,
    ];
  });
}

/** What the engine says of its parts, by name. */
export async function engineVersions(docker: Docker): Promise<Partial<Record<string, string>>> {
  const { Version, Components = [] } = await docker.version();
  return {
    Engine: Version,
    ...Object.fromEntries(Components.map(({ Name, Version: version }) => [Name, version])),
  };
}
