import { expect, test } from '@jest/globals';
import { incomingOf, isAside, isStop } from './incoming.ts';

const said = (more: object) => ({
  type: 'message',
  channel: 'C1',
  user: 'U1',
  text: 'hi',
  ts: '1.2',
  ...more,
});

test('only what people write is taken', () => {
  expect(incomingOf(said({}), 'UBOT')).toMatchObject({ threadTs: '1.2', inThread: false, isMention: false });
  expect(incomingOf(said({ thread_ts: '1.1', text: 'hey <@UBOT>' }), 'UBOT')).toMatchObject({
    threadTs: '1.1',
    inThread: true,
    isMention: true,
  });
  expect(incomingOf(said({ subtype: 'file_share' }), 'UBOT')).not.toBeNull();
  for (const more of [{ bot_id: 'B1' }, { user: 'UBOT' }, { subtype: 'channel_join' }, { user: undefined }])
    expect(incomingOf(said(more), 'UBOT')).toBeNull();
});

test('what is said to others is told from what is said to us', () => {
  for (const text of ['aside: lunch?', 'Aside, I doubt it', '(aside: no)', '<@U2> can you?', '<@U2|ben> hm'])
    expect(isAside(text, 'UBOT')).toBe(true);
  for (const text of ['<@UBOT> fix it', 'Put it aside', 'ask <@U2> about it', 'Besides: more'])
    expect(isAside(text, 'UBOT')).toBe(false);
});

test('who calls us beside somebody else is answered, who only tells about us is not', () => {
  for (const text of [
    '<@U2> fyi — <@UBOT> fix it',
    '<@U2> fyi <@UBOT> fix it',
    '<@U2> <@U3|ben> <@UBOT|deckhand> look at this',
    '<@U2> and <@UBOT>: who is faster?',
    '<@U2> it fails again.\n<@UBOT> fix it',
    '<@U2> I will let it be done - <@UBOT> go on',
    '<@U2> ask <@UBOT> next time. <@UBOT> fix it',
  ])
    expect(isAside(text, 'UBOT')).toBe(false);
  for (const text of [
    '<@U2> have you asked <@UBOT>?',
    '<@U2> what <@UBOT> did looks good to me',
    'aside: <@UBOT> is slow',
  ])
    expect(isAside(text, 'UBOT')).toBe(true);
});

test('stop is a word of its own', () => {
  for (const text of ['stop', 'Stop!', 'STOP', 'please stop', 'stop it', 'stop now.', 'abort'])
    expect(isStop(text)).toBe(true);
  for (const text of ['stop the server from leaking', 'do not stop', 'non-stop', 'cancel the order'])
    expect(isStop(text)).toBe(false);
});
