import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Result, RunOptions } from 'axe-core';
import type { Page } from 'puppeteer';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const rules: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};

/** What axe finds wrong: rule and place. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axe, 'utf8'));
  const found = await page.evaluate(
    options =>
      (globalThis as unknown as { axe: { run(o: RunOptions): Promise<{ violations: Result[] }> } }).axe.run(
        options,
      ),
    rules,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(node => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`),
  );
}

/** Controls that a finger would miss, and what sticks out to the side. Links within a sentence are text. */
export const misfits = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
    const small = [...document.querySelectorAll('button, summary, select, a[href]')]
      .filter(part => part.checkVisibility() && !part.closest('.dh-markdown, p'))
      .filter(part => {
        const box = part.getBoundingClientRect();
        return box.height < 31.5 || box.width < 31.5;
      })
      .map(part => part.outerHTML.slice(0, 120));
    return wide ? ['the page is too wide', ...small] : small;
  });
