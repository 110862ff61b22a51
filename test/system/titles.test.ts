import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate, titleMarker } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_FAST_MODEL: 'scripted-fast' });
});
afterAll(() => stack.dispose());

const long = (marker: string) =>
  `The checkout adds the shipping twice where a voucher is used, and nobody sees why #${marker}`;
const titleOf = async (sessionId: string) => {
  const got = await stack.client.http['session.get']({ sessionId });
  if (!got.ok) throw new Error(got.message);
  return got.session.title;
};
const rename = (sessionId: string, title: string) =>
  stack.client.http['session.rename']({ sessionId, title });

test('a long first prompt is named by the fast model, at the price of the turn; a short one names itself', async () => {
  stack.model.script(titleMarker, [{ say: '"Shipping is added twice."', usage: { input: 7, output: 3 } }]);
  stack.model.script('long', [{ ...done('Done.'), usage: { input: 100, output: 10 } }]);
  const session = await stack.ask(long('long'));
  const { usage } = (await session.finished()).data;
  expect(session.view().head.title).toBe('Shipping is added twice');
  expect(await titleOf(session.sessionId)).toBe('Shipping is added twice');
  expect(usage).toMatchObject({ inputTokens: 107, outputTokens: 13 });
  expect(stack.model.askings(titleMarker)[0]?.model).toBe('scripted-fast');

  stack.model.script('short', [done('Done.')]);
  const short = await stack.ask('Look #short');
  await short.finished();
  expect(await titleOf(short.sessionId)).toBe('Look #short');
  expect(stack.model.askings(titleMarker)).toHaveLength(1);
});

test('what a person calls it stays, also where the model names it in the same moment', async () => {
  const late = gate();
  stack.model.script(titleMarker, [{ say: [late.wait, 'A name of the model'] }]);
  stack.model.script('named', [{ say: [late.wait, 'Done.'] }]);
  const session = await stack.ask(long('named'));
  await stack.model.asked(titleMarker, 2);
  expect(await rename(session.sessionId, '  Vouchers\nand shipping ')).toEqual({ ok: true });
  late.open();
  await session.finished();
  expect(await titleOf(session.sessionId)).toBe('Vouchers and shipping');
  expect(session.all('session.titled')).toMatchObject([
    { actor: { kind: 'user' }, data: { title: 'Vouchers and shipping' } },
  ]);
});

test('a title is one line that says something; an archived session may get another, one that is not there none', async () => {
  stack.model.script('kept', [done('Done.')]);
  const session = await stack.ask('Keep #kept');
  await session.finished();
  expect(await rename(session.sessionId, ' \n ')).toMatchObject({ ok: false, code: 'bad_request' });
  await stack.client.http['session.archive']({ sessionId: session.sessionId });
  expect(await rename(session.sessionId, 'Kept for good')).toEqual({ ok: true });
  expect(await titleOf(session.sessionId)).toBe('Kept for good');
  expect(await rename('ses_nobodyknows00000000000', 'x')).toMatchObject({ ok: false, code: 'not_found' });
});

test('without an answer of the fast model nothing waits, and the prompt names the session', async () => {
  const never = gate();
  stack.model.script(titleMarker, [{ say: [never.wait, 'Too late'] }]);
  stack.model.script('quick', [done('Done.')]);
  const session = await stack.ask(long('quick'));
  expect((await session.finished()).data.outcome).toBe('done');
  never.open();
  const again = { sessionId: session.sessionId, requestId: newRequestId(), text: 'Again #quick' };
  await stack.client.http['prompt.send'](again);
  await session.finished(2);
  expect(await titleOf(session.sessionId)).toMatch(/^The checkout adds the shipping twice .*…$/);
});
