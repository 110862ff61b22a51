import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root, sources } from './sources.ts';

/** The server from the top floor down: an arrow goes down only, types included. */
const floors = [
  'main.ts',
  'app.ts',
  'config.ts',
  'doors',
  'commands',
  'turns',
  'agent',
  'delivery',
  'changes',
  'tasks',
  'policy',
  'sandboxes',
  'threads',
  'stats',
  'setup',
  'identity',
  'repos',
  'sessions',
  'platform',
];

const known = new Set(sources);
const inProduction = (file: string) => !/\.(test|bench)\.tsx?$/.test(file) && !file.startsWith('test/');

/** Files of ours that a file imports, whether for values or for types. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)]
    .map(match => join(dirname(file), match[1] ?? match[2] ?? ''))
    .filter(path => known.has(path));
}

const floorOf = (file: string) => file.replace('server/src/', '').split('/')[0] ?? '';

test('in the server an arrow goes down only', () => {
  const ours = sources.filter(file => file.startsWith('server/src/') && inProduction(file));
  expect([...new Set(ours.map(floorOf))].filter(floor => !floors.includes(floor))).toEqual([]);
  const up = ours.flatMap(file =>
    importsOf(file)
      .filter(
        to => to.startsWith('server/src/') && floors.indexOf(floorOf(to)) < floors.indexOf(floorOf(file)),
      )
      .map(to => `${file} imports ${to}`),
  );
  expect(up).toEqual([]);
});

test('production code imports no test helper', () => {
  const guilty = sources
    .filter(file => file.startsWith('server/src/') && inProduction(file))
    .filter(file => importsOf(file).some(to => to.startsWith('server/test/')));
  expect(guilty).toEqual([]);
  expect(
    sources.filter(file => /^(server|shared|sandbox|slackbot|extension)\/src\/.*\.bench\.ts$/.test(file)),
  ).toEqual([]);
});

/** Tarjan's strongly connected components: files that import each other in a circle. */
function circles(files: readonly string[]): string[][] {
  const among = new Set(files);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const at = index.size;
    index.set(file, at);
    stack.push(file);
    let lowest = at;
    for (const to of importsOf(file).filter(path => among.has(path))) {
      if (!index.has(to)) lowest = Math.min(lowest, visit(to));
      else if (stack.includes(to)) lowest = Math.min(lowest, index.get(to) ?? lowest);
    }
    low.set(file, lowest);
    if (lowest === at) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) found.push(circle.toSorted());
    }
    return lowest;
  };
  for (const file of files) if (!index.has(file)) visit(file);
  return found;
}

test('no files import each other in a circle', () => {
  expect(circles(sources.filter(inProduction))).toEqual([]);
});
