import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startServer } from '../support/server.ts';
import { openBrowser } from '../web/browser.ts';
import { press, reads, type } from '../web/look.ts';

/** `npm run picture`: the README's picture, taken of a real session with the rehearsal model on the sample repository. */
const path = fileURLToPath(new URL('../../server/web/picture.png', import.meta.url));
const mostBytes = 200 * 1024;

// The name on the picture is nobody's.
const author = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'user.name',
  GIT_CONFIG_VALUE_0: 'Ada Byron',
};
const server = await startServer({ ...author, DECKHAND_REHEARSAL_WORD_MS: '5' });
const browser = await openBrowser();
try {
  const page = await browser.signedIn(server);
  await type(page, 'new-session-text', 'Fix the failing test');
  await press(page, 'new-session-send');
  await reads(page, 'turn-end', 'Done');
  await page.$eval('[data-testid=timeline]', part => part.scrollTo({ top: part.scrollHeight }));
  await page.mouse.move(640, 20);
  await page.evaluate(() => document.fonts.ready.then(() => true));
  await page.screenshot({ path: path as `${string}.png` });
  await browser.settle();
} finally {
  await browser.close();
  await server.dispose();
}
const { size } = await stat(path);
console.log(`Saved ${path}, ${Math.round(size / 1024)} KiB.`);
if (size > mostBytes) throw new Error(`The picture is larger than ${mostBytes} bytes.`);
