import type { EventDataOf, HeadChange } from '@deckhand/shared';
import { plural } from '@deckhand/shared/words';
import { context, type Message, section } from './blocks.ts';
import { escaped, link } from './mrkdwn.ts';

type Updated = EventDataOf<'change.updated'>;

/** What of a change is worth a message when it differs from what was said before; the same text is the same news. */
export function newsKey(change: HeadChange): string {
  const { state, reviews, checks } = change;
  const failing = checks?.failing.map(({ name }) => name).toSorted() ?? [];
  return JSON.stringify([
    state,
    failing,
    reviews?.approved.toSorted() ?? [],
    reviews?.changesRequested.toSorted() ?? [],
    reviews?.requested.toSorted() ?? [],
  ]);
}

/** The sentences that are new since `before`; none where nothing is worth a message. */
export function changeNews(before: string | undefined, change: HeadChange, { by }: Updated): Message | null {
  const [state, failing, approved, wanted, requested] = parse(before);
  const who = by ? ` by ${escaped(by)}` : '';
  const name = link(
    change.url,
    change.number === undefined ? 'The change' : `Pull request #${change.number}`,
  );
  const lines: string[] = [];
  if (change.state !== state) {
    if (change.state === 'merged') lines.push(`:tada: ${name} was merged${who}.`);
    if (change.state === 'closed') lines.push(`:no_entry_sign: ${name} was closed${who} without merging.`);
    if (change.state === 'open' && state !== '') lines.push(`:arrow_heading_up: ${name} is open${who}.`);
  }
  const { reviews, checks } = change;
  const fresh = (all: readonly string[] = [], known: readonly string[] = []) =>
    all.filter(each => !known.includes(each)).map(escaped);
  const nowRequested = fresh(reviews?.requested, requested);
  const nowApproved = fresh(reviews?.approved, approved);
  const nowWanted = fresh(reviews?.changesRequested, wanted);
  if (nowRequested.length > 0)
    lines.push(`:eyes: A review of ${name} was asked of ${nowRequested.join(', ')}.`);
  if (nowApproved.length > 0) lines.push(`:+1: ${nowApproved.join(', ')} approved ${name}.`);
  if (nowWanted.length > 0) lines.push(`:memo: ${nowWanted.join(', ')} asked for changes on ${name}.`);
  const nowFailing = checks?.failing.filter(check => !failing.includes(check.name)) ?? [];
  if (nowFailing.length > 0) {
    const names = nowFailing
      .slice(0, 5)
      .map(check => (check.url ? link(check.url, check.name) : escaped(check.name)));
    lines.push(`:red_circle: ${plural(nowFailing.length, 'check')} failed on ${name}: ${names.join(', ')}.`);
  }
  if (lines.length === 0) return null;
  const hint = nowFailing.length > 0 ? 'Ask here to have it fixed.' : '';
  return { text: lines.join(' '), blocks: [section(lines.join('\n')), ...context(hint)] };
}

function parse(text: string | undefined): [string, string[], string[], string[], string[]] {
  return text ? (JSON.parse(text) as [string, string[], string[], string[], string[]]) : ['', [], [], [], []];
}
