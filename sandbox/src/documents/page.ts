import { gfm } from '@joplin/turndown-plugin-gfm';
import TurndownService from 'turndown';

/** What says nothing to a reader. */
const silent = [
  'title',
  'script',
  'style',
  'noscript',
  'template',
  'iframe',
  'object',
  'svg',
  'canvas',
  'form',
] as const;

/** A page of HTML as Markdown. One that no parser can stand loses its tags instead. */
export function pageText(html: string): { title: string; text: string } {
  const title = clean(/<title[^<>]*>([^<]{0,500})/i.exec(html)?.[1] ?? '');
  if (isDeep(html)) return { title, text: tidy(withoutTags(html)) };
  try {
    const service = new TurndownService({
      headingStyle: 'atx',
      codeBlockStyle: 'fenced',
      bulletListMarker: '-',
    });
    service.use(gfm);
    service.remove([...silent] as (keyof HTMLElementTagNameMap)[]);
    service.addRule('picture', { filter: 'img', replacement: (_, node) => pictureText(node) });
    return { title, text: tidy(service.turndown(html)) };
  } catch {
    // Nested deeper than a stack goes.
    return { title, text: tidy(withoutTags(html)) };
  }
}

/** Parsers take a time that grows with the square of how deep elements lie in each other. */
const mostDepth = 1_000;
/** These need no end. */
const open = new Set(
  'p li dt dd tr td th thead tbody tfoot option colgroup area base br col embed hr img input link meta source track wbr'.split(
    ' ',
  ),
);

function isDeep(html: string): boolean {
  let depth = 0;
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)/gi)) {
    if (open.has(name.toLowerCase())) continue;
    depth = slash ? Math.max(0, depth - 1) : depth + 1;
    if (depth > mostDepth) return true;
  }
  return false;
}

/** An address that holds the picture itself is no address to read. */
function pictureText(node: TurndownService.Node): string {
  const attribute = (name: string) => ('getAttribute' in node ? (node.getAttribute(name) ?? '') : '');
  const words = attribute('alt').trim();
  const address = attribute('src');
  return address.startsWith('data:') || address === '' ? words : `![${words}](${address})`;
}

const withoutTags = (html: string) =>
  clean(html.replaceAll(/<(script|style)\b[^<>]*>[\s\S]*?(?:<\/\1>|$)/gi, '').replaceAll(/<[^<>]*>/g, '\n'));

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const clean = (text: string) =>
  text.replaceAll(/&(\w+);/g, (all, name: string) => entities[name] ?? all).trim();

const tidy = (text: string) =>
  text
    .replaceAll(/(?<![ \t])[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
