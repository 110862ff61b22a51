import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { RootSpec } from '../../src/sandboxes/driver.ts';
import { openTestStack, type TestStack } from './sandboxStack.ts';

/** Two deployments on one engine, for the test file that imports this. */
export let stack: TestStack;
export let other: TestStack;
beforeAll(async () => {
  [stack, other] = await Promise.all([openTestStack(), openTestStack()]);
});
afterAll(() => Promise.all([stack?.close(), other?.close()]));

/** What the builds of one test said. */
export let log = '';
export const onLog = (text: string) => {
  log += text;
};
export const forgetLog = () => {
  log = '';
};
beforeEach(forgetLog);

export async function build(spec: RootSpec, of = stack): Promise<string> {
  const built = await of.driver.buildRoot(spec, onLog);
  if (!built.ok) throw new Error(`${built.message}\n${log}`);
  return built.image;
}
