import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer';

const root = new URL('../../../', import.meta.url);
const mostBytes = 200 * 1024;

/** The name on the pictures is nobody's. */
export const nobody = {
  GIT_AUTHOR_NAME: 'Ada Byron',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
};

/** Saves what a page shows under a path of the repository. */
export async function shoot(page: Page, path: `${string}.png`): Promise<void> {
  await page.mouse.move(640, 20);
  await page.evaluate(() => document.fonts.ready.then(() => true));
  await page.screenshot({ path: fileURLToPath(new URL(path, root)) as `${string}.png` });
  const { size } = await stat(new URL(path, root));
  console.log(`Saved ${path}, ${Math.round(size / 1024)} KiB.`);
  if (size > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes.`);
}
