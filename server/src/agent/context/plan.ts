import { boundary, openPlaces } from './shape.ts';
import type { Context, ContextVersion } from './state.ts';

/** How a version reads the context, before its summary is written. */
export type Shape = Pick<ContextVersion, 'upTo' | 'kept' | 'shrunkTo'>;

export type ContextSettings = {
  /** Tokens that fit the model's window. */
  windowTokens: number;
  /** Of the window, what a request may take before something is taken out. */
  share: number;
  /** Messages since the last summary after which another is made, and how many of the newest stay. */
  messages: number;
  keep: number;
};

/** Why something is taken out. `refused`: the provider found the last request too long. */
export type Cause = 'tokens' | 'messages' | 'refused';

/** After a cut there is room for some steps, or the next would cut again. */
const roomShare = 0.6;

/**
 * What to take out, the least first: older results by a line each, then older messages by a summary, at last whatever
 * is not the newest prompt. Null where nothing more can be.
 */
export function planShape(
  context: Context,
  {
    cause,
    settings,
    tokensOf,
  }: { cause: Cause; settings: ContextSettings; tokensOf: (shape: Shape) => number },
): Shape | null {
  const now = shapeOf(context.version);
  const budget = settings.windowTokens * settings.share;
  const room = budget * roomShare;
  const gentle = [
    ...(cause === 'messages' ? [] : halves(settings.keep).map(keep => shrinkOlder(context, keep))),
    ...summaries(context, settings.keep),
  ];
  const fits = gentle.filter(isNew(now)).find(shape => tokensOf(shape) <= room);
  if (fits) return fits;
  // Also the newest results give way before the session cannot go on.
  const hard = [...gentle, ...summaries(context, 2).map(shape => ({ ...shape, shrunkTo: context.length }))];
  const before = tokensOf(now);
  const smaller = hard.filter(isNew(now)).find(shape => tokensOf(shape) <= Math.min(budget, before - 1));
  return smaller ?? null;
}

export const shapeOf = (version: ContextVersion | null): Shape => ({
  upTo: version?.upTo ?? 0,
  kept: version?.kept ?? [],
  shrunkTo: version?.shrunkTo ?? 0,
});

const isNew = (now: Shape) => (shape: Shape) => shape.upTo > now.upTo || shape.shrunkTo > now.shrunkTo;

function shrinkOlder({ version, entries }: Context, keep: number): Shape {
  const from = entries[boundary(entries, entries.length - keep)];
  return { ...shapeOf(version), shrunkTo: Math.max(from?.place ?? 0, version?.shrunkTo ?? 0) };
}

/** Ever fewer of the newest messages beside the summary. */
function summaries({ version, entries, length }: Context, most: number): Shape[] {
  const open = openPlaces(entries);
  return halves(most).map(keep => {
    const from = entries[boundary(entries, entries.length - keep)]?.place ?? length;
    const kept = open.filter(place => place < from);
    return { upTo: from, kept, shrunkTo: Math.max(from, version?.shrunkTo ?? 0) };
  });
}

/** Ever fewer, down to one. */
function halves(most: number): number[] {
  return most <= 1 ? [1] : [most, ...halves(Math.floor(most / 2))];
}
