import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root, sources } from './sources.ts';

/** The elements of the list that begins at this bracket; brackets in strings are few enough in such lists. */
function elementsFrom(text: string, open: number): string[] {
  const elements: string[] = [];
  let [depth, from] = [0, open + 1];
  for (let at = open; at < text.length; at++) {
    const sign = text[at] ?? '';
    if ('([{'.includes(sign)) depth += 1;
    if (')]}'.includes(sign)) depth -= 1;
    if (depth === 0 || (depth === 1 && sign === ',')) {
      elements.push(text.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return elements;
  }
  return elements;
}

/**
 * A list of promises is written whole before anybody waits for it: of those that stand before an `await` in it nobody
 * hears meanwhile, and one that fails there ends the server.
 */
const waitsInside = (text: string): string[] =>
  [...text.matchAll(/Promise\.(?:all|allSettled|race|any)\(\[/g)].flatMap(({ index, 0: { length } }) =>
    elementsFrom(text, index + length - 1)
      .slice(1)
      .filter(element => /^(?:(?!\basync\b)[\s\S])*\bawait\b/.test(element)),
  );

test('nobody waits within a list of promises', () => {
  expect(waitsInside('Promise.all([a(), ...(await b()).map(c)])')).toHaveLength(1);
  expect(waitsInside('Promise.all([a(), list.map(async each => await b(each))])')).toEqual([]);
  const found = sources
    .filter(path => !path.endsWith('promises.test.ts'))
    .flatMap(path =>
      waitsInside(readFileSync(join(root, path), 'utf8')).map(element => `${path}: ${element.trim()}`),
    );
  expect(found).toEqual([]);
});
