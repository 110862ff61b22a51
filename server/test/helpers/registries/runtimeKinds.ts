import { fetchedJs, json, type Kind, needsLeft, saysJs } from './kinds.ts';
import { type NpmPackage, tarballUrl } from './npm.ts';
import { integrityOf } from './packed.ts';

/** Other runtimes of JavaScript, which come from npm. */
export function runtimeKinds({ left, right }: { left: NpmPackage; right: NpmPackage }): Kind[] {
  const entry = (each: NpmPackage, about: object) => [
    `${each.manifest.name}@1.0.0`,
    tarballUrl(each),
    about,
    integrityOf(each.tarball),
  ];
  return [
    {
      kind: 'bun',
      files: {
        'package.json': json({ name: 'shop', ...needsLeft }),
        'bun.lock': json({
          lockfileVersion: 1,
          workspaces: { '': { name: 'shop', ...needsLeft } },
          packages: {
            'tiny-left': entry(left, { dependencies: { 'tiny-right': '1.0.0' } }),
            'tiny-right': entry(right, {}),
          },
        }),
      },
      source: 'bun.lock',
      steps: [/@oven\/bun-linux-.*@latest.* && bun install --frozen-lockfile$/],
      look: `bun -e "console.log(require('tiny-left'))"`,
      says: saysJs,
      fetched: fetchedJs,
    },
    {
      kind: 'deno',
      files: { 'deno.json': json({ imports: { 'tiny-left': 'npm:tiny-left@1.0.0' } }) },
      source: 'deno.json',
      steps: [/deno && deno install$/],
      look: `deno eval --no-lock 'import said from "tiny-left"; console.log(said)'`,
      says: saysJs,
      fetched: fetchedJs,
    },
  ];
}
