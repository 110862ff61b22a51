import { z } from 'zod';
import { parseJson } from '../parse.ts';
import type { Folder } from '../tree.ts';

const names = z.record(z.string(), z.unknown()).optional().catch(undefined);
const Manifest = z.object({
  packageManager: z.string().optional().catch(undefined),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  workspaces: z.unknown().optional(),
  engines: z
    .object({ node: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
export type Manifest = z.infer<typeof Manifest>;

/** A folder's package.json; null where there is none that can be read. */
export async function manifestOf(folder: Folder): Promise<Manifest | null> {
  const text = folder.files.has('package.json') ? await folder.read('package.json') : null;
  const json = text === null ? null : parseJson('package.json', text);
  const manifest = json?.ok ? Manifest.safeParse(json.value) : null;
  return manifest?.success ? manifest.data : null;
}

/** Name and version in `packageManager`. */
export function declaredIn(manifest: Manifest | null): { name: string; version: string } | null {
  const [, name, version] = /^(\w+)@(\d+\.\d+\.\d+[\w.-]*)/.exec(manifest?.packageManager ?? '') ?? [];
  return name && version ? { name, version } : null;
}

/** Whether there is anything to install. */
export const asksForPackages = (manifest: Manifest): boolean =>
  [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].some(
    each => Object.keys(each ?? {}).length > 0,
  ) || manifest.workspaces !== undefined;
