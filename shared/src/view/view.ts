import type { Draft, Envelope, Frame, Head, SessionEvent } from '../index.ts';
import { knownEvent } from '../index.ts';
import { foldFrame, isEnded, type LiveText, liveText, mergeTexts } from './drafts.ts';
import { foldItem } from './fold.ts';
import { emptyHead, foldHead } from './head.ts';
import type { Item } from './items.ts';

/** What a client shows of a session. It is only ever made by the functions below; surfaces draw it. */
export type View = {
  head: Head;
  /** What happened, in reading order, from event `from` to event `last`. */
  items: readonly Item[];
  drafts: readonly LiveText[];
  /** `seq` of the first event folded in; 1 where nothing older exists. */
  from: number;
  last: number;
  /** The events folded in, parsed; null for one that we do not know. Kept so that older pages can be put before them. */
  events: readonly (SessionEvent | null)[];
};

/** What the fold cannot know by itself: events are missing before this one, or pieces of a live text are. */
export type Need = 'events' | 'drafts' | null;
export type Applied = { view: View; need: Need };

/** What opening gives: head and drafts as of now, and a page of events that may end earlier. */
export type Opening = { head: Head; drafts: readonly Draft[]; events: readonly Envelope[]; last: number };

export function emptyView(): View {
  return { head: emptyHead, items: [], drafts: [], from: 1, last: 0, events: [] };
}

/** The view of a first answer, with nothing shown before it. */
export function openView(opening: Opening): View {
  const before = (opening.events[0]?.seq ?? opening.last + 1) - 1;
  return resumeView({ ...emptyView(), head: opening.head, from: before + 1, last: before }, opening);
}

/** The view after opening again with `after: view.last`: the new events, and the drafts as the server has them now. */
export function resumeView(view: View, opening: Opening): View {
  const { view: caughtUp } = applyEvents(view, opening.events);
  const head = opening.head.last > caughtUp.head.last ? opening.head : caughtUp.head;
  const drafts = opening.drafts.map(liveText).filter(text => !isEnded(caughtUp.items, text));
  return { ...caughtUp, head, drafts: mergeTexts([], drafts) };
}

/** The view with drafts fetched anew, after a frame did not fit. */
export function refreshDrafts(view: View, drafts: readonly Draft[]): View {
  const wanted = drafts.filter(draft => isWanted(view, draft)).map(liveText);
  return { ...view, drafts: mergeTexts(view.drafts, wanted) };
}

export function applyEvent(view: View, envelope: Envelope): Applied {
  return applyEvents(view, [envelope]);
}

/** Several at once, up to the first gap. */
export function applyEvents(view: View, envelopes: readonly Envelope[]): Applied {
  let { head, drafts, last } = view;
  let fresh: { items: Item[]; events: (SessionEvent | null)[] } | null = null;
  let need: Need = null;
  for (const envelope of envelopes) {
    if (!(envelope.seq > last)) continue;
    if (envelope.seq !== last + 1) {
      need = 'events';
      break;
    }
    const event = knownEvent(envelope);
    fresh ??= { items: [...view.items], events: [...view.events] };
    fresh.events.push(event);
    head = foldHead(head, envelope.seq, event);
    last = envelope.seq;
    if (!event) continue;
    foldItem(fresh.items, event);
    if (event.type === 'turn.finished') drafts = [];
    else if (event.type === 'message.done') drafts = without(drafts, event.data.messageId);
    else if (event.type === 'reasoning.done') drafts = without(drafts, event.data.reasoningId);
    else if (event.type === 'tool.finished') drafts = without(drafts, event.data.callId);
  }
  return { view: fresh ? { ...view, ...fresh, head, drafts, last } : view, need };
}

export function applyFrame(view: View, frame: Frame): Applied {
  if (!isWanted(view, frame)) return { view, need: null };
  const drafts = foldFrame(view.drafts, frame);
  if (drafts === null) return { view, need: 'drafts' };
  return { view: drafts === view.drafts ? view : { ...view, drafts }, need: null };
}

/** Puts an older page before what is shown; a page that does not reach up to `view.from` changes nothing. */
export function prependEvents(view: View, older: readonly Envelope[]): View {
  const page = older.filter(envelope => envelope.seq < view.from);
  const fits = page.length > 0 && page.every((envelope, i) => envelope.seq === view.from - page.length + i);
  if (!fits) return view;
  const events = [...page.map(knownEvent), ...view.events];
  const items: Item[] = [];
  for (const event of events) if (event) foldItem(items, event);
  return { ...view, items: shareItems(view.items, items), events, from: view.from - page.length };
}

/** Only the running turn writes: what comes from another is late. */
function isWanted({ head, items }: View, text: Pick<Frame, 'kind' | 'id' | 'turnId'>): boolean {
  const ofThisTurn = head.turn !== null && (text.turnId ?? head.turn.turnId) === head.turn.turnId;
  return ofThisTurn && !isEnded(items, text);
}

const without = (drafts: readonly LiveText[], id: string) => {
  return drafts.some(text => text.id === id) ? drafts.filter(text => text.id !== id) : drafts;
};

/** The new items, but the old object wherever nothing about it changed: what is drawn already stays drawn. */
function shareItems(old: readonly Item[], items: readonly Item[]): Item[] {
  const bySeq = new Map(old.map(item => [`${item.kind}${item.seq}`, item]));
  return items.map(item => {
    const same = bySeq.get(`${item.kind}${item.seq}`);
    return same && isSame(same, item) ? same : item;
  });
}

function isSame(a: object, b: object): boolean {
  const entries = Object.entries(a);
  const other = new Map(Object.entries(b));
  return entries.length === other.size && entries.every(([key, value]) => Object.is(other.get(key), value));
}
