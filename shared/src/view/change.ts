import type { EventDataOf, HeadChange } from '../index.ts';

/** A change as it begins. */
export function openedChange({ waits, ...opened }: EventDataOf<'change.opened'>): HeadChange {
  return waits === undefined ? { ...opened, state: 'open' } : { ...opened, waits, state: 'waiting' };
}

/** A change after some news of it: what the news leaves out stays, and nothing is waited for once it is open. */
export function updatedChange(
  change: HeadChange,
  { by: _, mergeSha: __, ...news }: EventDataOf<'change.updated'>,
): HeadChange {
  const { waits, ...rest } = { ...change, ...news, url: news.url ?? change.url };
  return rest.state === 'waiting' && waits !== undefined ? { ...rest, waits } : rest;
}
