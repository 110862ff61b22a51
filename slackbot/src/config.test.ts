import { expect, test } from '@jest/globals';
import { parseConfig } from './config.ts';

const least = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  DECKHAND_URL: 'http://127.0.0.1:4000/',
  DECKHAND_TOKEN: 'a-token-that-is-long',
};

test('Socket Mode where there is an app token, else calls with a signature', () => {
  expect(parseConfig(least)).toMatchObject({ ok: true, config: { door: { kind: 'socket' } } });
  const http = {
    ...least,
    SLACK_APP_TOKEN: '',
    SLACK_SIGNING_SECRET: 'a-secret-of-slack',
    SLACK_PORT: '3100',
  };
  expect(parseConfig(http)).toMatchObject({ ok: true, config: { door: { kind: 'http', port: 3100 } } });
  expect(parseConfig({ ...least, SLACK_APP_TOKEN: undefined })).toMatchObject({ ok: false });
});

test('limits are lists without signs or capitals; absent is no limit', () => {
  const given = { ...least, DECKHAND_SLACK_CHANNELS: ' #Bugs, dev ', DECKHAND_SLACK_GUESTS: '1' };
  expect(parseConfig(given)).toMatchObject({
    config: { policy: { channels: ['bugs', 'dev'], repos: null, guests: true } },
  });
});

test('a mistake is a sentence that names the variable', () => {
  const wrong = parseConfig({ ...least, SLACK_BOT_TOKEN: 'xoxp-1' });
  expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('SLACK_BOT_TOKEN') });
});
