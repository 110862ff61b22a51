import { z } from 'zod';
import { escaped } from '../render/mrkdwn.ts';

/** What is read of one message; an alert may carry a whole log. */
const mostChars = 8_000;
const mostParts = 100;
/** Lists in quotes in lists: Slack itself nests less deep. */
const deepest = 8;

type Written = { text: string; blocks: readonly unknown[]; attachments: readonly unknown[] };

/** What whoever wrote it says, in Slack's own writing: where the text is empty, what its blocks show. */
export const ownWords = ({ text, blocks }: Pick<Written, 'text' | 'blocks'>): string =>
  text.trim() === '' ? lines(blocks.slice(0, mostParts).map(block => blockText(block, 0))) : text;

/** All that a message says, attachments as well: alerts often write nothing else. Bounded, and the text comes first. */
export const wordsOf = (message: Written): string =>
  lines([
    ownWords(message),
    ...message.attachments.slice(0, mostParts).map(each => attachmentText(each)),
  ]).slice(0, Math.max(mostChars, message.text.length));

const lines = (all: readonly string[]) => all.filter(line => line.trim() !== '').join('\n');

const Text = z.object({ type: z.string(), text: z.string() });

/** An object of Slack's for text. Plain text is written as Slack writes what is no mark-up, so that it calls nobody. */
function textOf(value: unknown): string {
  const parsed = Text.safeParse(value);
  if (!parsed.success) return '';
  return parsed.data.type === 'mrkdwn' ? parsed.data.text : escaped(parsed.data.text);
}

const List = z.array(z.unknown()).catch([]);
const Block = z.object({
  type: z.string(),
  text: z.unknown().optional(),
  title: z.unknown().optional(),
  alt_text: z.string().catch(''),
  fields: List,
  elements: List,
});

function blockText(value: unknown, depth: number): string {
  const parsed = Block.safeParse(value);
  if (!parsed.success) return '';
  const { type, text, title, alt_text, fields, elements } = parsed.data;
  const each = (read: (value: unknown) => string) => elements.slice(0, mostParts).map(read);
  switch (type) {
    case 'header':
    case 'section':
      return lines([textOf(text), ...fields.slice(0, mostParts).map(textOf)]);
    case 'markdown':
      return typeof text === 'string' ? escaped(text) : '';
    case 'context':
      return lines(each(textOf));
    case 'image':
      return textOf(title) || escaped(alt_text);
    case 'rich_text':
      return lines(each(element => richText(element, depth + 1)));
    default:
      return '';
  }
}

const Rich = z.object({
  type: z.string(),
  text: z.string().catch(''),
  url: z.string().catch(''),
  user_id: z.string().catch(''),
  channel_id: z.string().catch(''),
  range: z.string().catch(''),
  name: z.string().catch(''),
  elements: List,
});

/** Of rich text: a section, list, quote or piece of code, or what stands in one. */
function richText(value: unknown, depth: number): string {
  const parsed = Rich.safeParse(value);
  if (!parsed.success || depth > deepest) return '';
  const { type, text, url, user_id, channel_id, range, name, elements } = parsed.data;
  const inner = elements.slice(0, mostParts).map(element => richText(element, depth + 1));
  switch (type) {
    case 'text':
      return escaped(text);
    case 'link':
      return /[<>|\s]/.test(url) ? escaped(text || url) : text ? `<${url}|${escaped(text)}>` : `<${url}>`;
    case 'user':
      return /^\w+$/.test(user_id) ? `<@${user_id}>` : '';
    case 'channel':
      return /^\w+$/.test(channel_id) ? `<#${channel_id}>` : '';
    case 'broadcast':
      return `@${escaped(range)}`;
    case 'emoji':
      return `:${escaped(name)}:`;
    case 'rich_text_list':
      return lines(inner.map(line => `• ${line}`));
    default:
      return inner.join('');
  }
}

const Attachment = z.object({
  pretext: z.string().catch(''),
  title: z.string().catch(''),
  title_link: z.string().catch(''),
  text: z.string().catch(''),
  fallback: z.string().catch(''),
  footer: z.string().catch(''),
  fields: z.array(z.object({ title: z.string().catch(''), value: z.string().catch('') })).catch([]),
  blocks: List,
  from_url: z.string().catch(''),
  is_share: z.boolean().catch(false),
});

/** A preview that Slack adds to a link is nothing that was written; a message that was passed on is. */
function attachmentText(value: unknown): string {
  const parsed = Attachment.safeParse(value);
  if (!parsed.success) return '';
  const { pretext, title, title_link, text, fallback, footer, fields, blocks } = parsed.data;
  if (parsed.data.from_url !== '' && !parsed.data.is_share) return '';
  const said = lines([
    pretext,
    title_link ? `${title} (${title_link})` : title,
    text,
    ...blocks.slice(0, mostParts).map(block => blockText(block, 0)),
    ...fields
      .slice(0, mostParts)
      .map(field => (field.title ? `${field.title}: ${field.value}` : field.value)),
    footer,
  ]);
  return said || fallback;
}
