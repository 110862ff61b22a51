import type { ElementHandle, Page } from 'puppeteer';
import { patienceMs } from '../support/patience.ts';

/** What a person does and sees on a page, by the names that its parts carry. */
const selectorOf = (name: string) =>
  /^[\w-]+$/.test(name) && name !== 'body' ? `[data-testid="${name}"]` : name;

/** The first visible part of this name (a test id or a selector), once it is there. */
export async function see(page: Page, name: string): Promise<ElementHandle<Element>> {
  const found = await page.waitForSelector(selectorOf(name), { visible: true });
  if (!found) throw new Error(`${name} is not to be seen`);
  return found;
}

/** Resolves once nothing of this name is there. */
export async function gone(page: Page, name: string): Promise<void> {
  await page.waitForSelector(selectorOf(name), { hidden: true });
}

/** Resolves once a part of this name reads like that. */
export async function reads(page: Page, name: string, wanted: string | RegExp): Promise<void> {
  const { source, flags } = typeof wanted === 'string' ? literal(wanted) : wanted;
  const found = (selector: string, pattern: string, marks: string) => {
    const like = new RegExp(pattern, marks);
    return [...document.querySelectorAll(selector)].some(part => like.test(part.textContent ?? ''));
  };
  await until(page, found, [selectorOf(name), source, flags]).catch(async error => {
    const texts = await textsOf(page, name).catch(() => []);
    throw new Error(`${name} does not read ${wanted}: ${JSON.stringify(texts)}`, { cause: error });
  });
}

export const textsOf = (page: Page, name: string): Promise<string[]> =>
  page.$$eval(selectorOf(name), parts => parts.map(part => (part.textContent ?? '').trim()));

export const countOf = (page: Page, name: string): Promise<number> =>
  page.$$eval(selectorOf(name), parts => parts.length);

/** Presses the first part of this name; again where the page moved away under the pointer, as a person would. */
export async function press(page: Page, name: string): Promise<void> {
  for (let hit = false; !hit; ) {
    const part = await see(page, name);
    const heard = await part.evaluateHandle(element => {
      const pressed = { hit: false };
      element.addEventListener('click', () => Object.assign(pressed, { hit: true }), {
        once: true,
        capture: true,
      });
      return pressed;
    });
    await page.locator(selectorOf(name)).click();
    // What leads to another page is gone with its own.
    hit = await heard.evaluate(({ hit }) => hit).catch(() => true);
  }
}

/** Presses the first button (or link) of that name. */
export async function pressNamed(page: Page, label: string, within = 'body'): Promise<void> {
  await page.locator(`${selectorOf(within)} ::-p-aria(${label})`).click();
}

/** Types with the keyboard into the box of that name, once it has the focus: the page may move away under the pointer. */
export async function type(page: Page, name: string, text: string): Promise<void> {
  for (let has = false; !has; ) {
    const box = await see(page, name);
    await box.click();
    has = await box.evaluate(element => document.activeElement === element);
  }
  await page.keyboard.type(text);
}

/** Writes a prompt on a session's page and sends it with Enter. */
export async function send(page: Page, text: string): Promise<void> {
  await type(page, 'composer-text', text);
  await page.keyboard.press('Enter');
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const literal = (text: string) => new RegExp(escaped(text));

/** Looks again at each frame that the page draws, until `look` holds. */
export async function until<A extends unknown[]>(
  page: Page,
  look: (...args: A) => boolean,
  args: A,
): Promise<void> {
  // As text, because the page's own policy forbids it to make functions.
  const held = await page.evaluate(`new Promise(resolve => {
    const look = ${look};
    const args = ${JSON.stringify(args)};
    const endMs = Date.now() + ${patienceMs};
    const attempt = () => {
      if (look(...args)) resolve(true);
      else if (Date.now() > endMs) resolve(false);
      else setTimeout(attempt, 30);
    };
    attempt();
  })`);
  if (!held) throw new Error(`waited in vain for ${look}`);
}
