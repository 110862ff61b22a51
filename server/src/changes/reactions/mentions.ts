import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';

/** What GitHub itself reads no mention in. */
const silent = new Set(['blockquote', 'code', 'inlineCode', 'html', 'link', 'linkReference', 'definition']);
/** The same, written as HTML: everything between such a tag and its end. */
const silentTags = /<(\/?)(?:blockquote|pre|code|tt|a)(?=[\s>/])[^>]*>/gi;
const htmlComments = /<!--[\s\S]*?(?:-->|$)/g;
/** Parsing takes seconds where lists and quotes lie hundreds deep in each other, as nobody writes who means well. */
const tooDeep = /^(?:[ \t]*(?:[-+*>]|\d{1,9}[.)])){40}/m;
/** So it does for long texts of nothing but brackets. People mention others sooner. */
const readChars = 20_000;

/**
 * Whether a text in Markdown speaks to one of `handles`, in words of its own: a quoted remark, code and comments that
 * nobody sees speak to nobody.
 */
export function mentions(handles: readonly string[]): (markdown: string) => boolean {
  if (handles.length === 0) return () => false;
  const mention = new RegExp(`(^|[^\\w/@-])@(${handles.map(literal).join('|')})(\\[bot\\])?(?![\\w-])`, 'i');
  const names = handles.map(handle => handle.toLowerCase());
  return markdown => {
    // All remarks are read again with every look: most need no parsing.
    const read = markdown.slice(0, readChars);
    const lower = read.toLowerCase();
    if (!names.some(name => lower.includes(name)) || tooDeep.test(read)) return false;
    return ownTexts(fromMarkdown(read)).some(text => mention.test(text));
  };
}

/** The texts of a document that are neither quoted, code, links nor HTML. */
function ownTexts(root: Nodes): string[] {
  const texts: string[] = [];
  let tagsOpen = 0;
  const walk = (node: Nodes): void => {
    if (node.type === 'html')
      for (const [, slash] of node.value.replaceAll(htmlComments, '').matchAll(silentTags))
        tagsOpen = Math.max(0, tagsOpen + (slash === '' ? 1 : -1));
    if (silent.has(node.type)) return;
    if (node.type === 'text' && tagsOpen === 0) texts.push(node.value);
    if ('children' in node) for (const child of node.children) walk(child);
  };
  walk(root);
  return texts;
}

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
