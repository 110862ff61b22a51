import { startServer } from '../../support/server.ts';
import { openBrowser } from '../../web/browser.ts';
import { press, reads, type } from '../../web/look.ts';
import { nobody, shoot } from './shoot.ts';

/** The README's picture, of a real session with the rehearsal model on the sample repository. */
export async function takeSession(): Promise<void> {
  const server = await startServer({ ...nobody, DECKHAND_REHEARSAL_WORD_MS: '5' });
  const browser = await openBrowser();
  try {
    const page = await browser.signedIn(server);
    await type(page, 'new-session-text', 'Fix the failing test');
    await press(page, 'new-session-send');
    await reads(page, 'turn-end', 'Done');
    await page.$eval('[data-testid=timeline]', part => part.scrollTo({ top: part.scrollHeight }));
    await shoot(page, 'server/web/picture.png');
    await browser.settle();
  } finally {
    await browser.close();
    await server.dispose();
  }
}
