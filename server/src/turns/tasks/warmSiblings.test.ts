import { expect, test } from '@jest/globals';
import { WarmSiblings } from './warmSiblings.ts';

const never = new AbortController().signal;
const settled = () => new Promise(resolve => setImmediate(resolve));

test('the first leaves at once, the others of its version when it was answered, those of another at once', async () => {
  const siblings = new WarmSiblings(60_000);
  const left: string[] = [];
  const go = (name: string, version: string) =>
    siblings.wait(version, never).then(() => {
      left.push(name);
    });
  void go('a1', 'a');
  void go('a2', 'a');
  void go('b1', 'b');
  await settled();
  expect(left).toEqual(['a1', 'b1']);
  siblings.isWarm('a');
  await go('a3', 'a');
  expect(left.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1']);
});

test('one that is silent keeps nobody for long, and a stop nobody at all', async () => {
  const siblings = new WarmSiblings(20);
  await siblings.wait('a', never);
  await siblings.wait('a', never);
  const stop = new AbortController();
  const waiting = new WarmSiblings(60_000);
  await waiting.wait('a', never);
  const stopped = waiting.wait('a', stop.signal).catch(error => error);
  stop.abort('stopped');
  expect(await stopped).toBe('stopped');
});
