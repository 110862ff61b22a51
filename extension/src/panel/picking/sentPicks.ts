import { Capture } from '@deckhand/shared/capture';
import { z } from 'zod';
import type { Pick } from './pick.ts';
import type { Shot } from './shot.ts';

/** Where it lies is trusted with tokens, too, and ends with the browser. Chrome gives it 10 MB. */
const key = 'sentPicks';
const most = 12;

const Kept = z.object({
  sessionId: z.string(),
  name: z.string(),
  capture: Capture,
  lines: z.array(z.string()),
  struck: z.array(z.number()),
  tokens: z.number(),
  before: z.object({ dataUrl: z.string(), width: z.number(), height: z.number() }).nullable(),
});
type Kept = z.infer<typeof Kept>;

/** By session. */
export type SentPicks = ReadonlyMap<string, readonly Pick[]>;

/** What was sent outlives the panel: it is compared with what becomes of it, which may be later. */
export async function keepSent(sent: SentPicks): Promise<void> {
  const all = [...sent].flatMap(([sessionId, picks]) => picks.map(pick => ({ sessionId, pick })));
  const kept = await Promise.all(all.slice(-most).map(({ sessionId, pick }) => keptOf(sessionId, pick)));
  // Full, or gone with the panel: what is in its memory serves as long as it is open.
  await chrome.storage.session.set({ [key]: kept }).catch(() => {});
}

export async function loadSent(): Promise<SentPicks> {
  const found = (await chrome.storage.session.get(key))[key];
  const kept = z.array(Kept).catch([]).parse(found);
  const sent = new Map<string, Pick[]>();
  for (const each of kept) {
    const pick = await pickOf(each);
    sent.set(each.sessionId, [...(sent.get(each.sessionId) ?? []), pick]);
  }
  return sent;
}

export const forgetSent = () => chrome.storage.session.remove(key);

async function keptOf(sessionId: string, pick: Pick): Promise<Kept> {
  const { name, capture, lines, struck, tokens, before } = pick;
  const picture = before && {
    dataUrl: await dataUrlOf(before.blob),
    width: before.width,
    height: before.height,
  };
  return { sessionId, name, capture, lines, struck: [...struck], tokens, before: picture };
}

async function pickOf({ name, capture, lines, struck, tokens, before }: Kept): Promise<Pick> {
  const shot = before && (await shotOf(before));
  const { pickId } = capture;
  return {
    pickId,
    name,
    capture,
    lines,
    struck: new Set(struck),
    tokens,
    before: shot,
    shot,
    sendShot: false,
    awaitsShot: false,
  };
}

async function shotOf({ dataUrl, width, height }: NonNullable<Kept['before']>): Promise<Shot> {
  const blob = await (await fetch(dataUrl)).blob();
  return { blob, url: URL.createObjectURL(blob), width, height };
}

function dataUrlOf(blob: Blob): Promise<string> {
  const reader = new FileReader();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  reader.onload = () => resolve(String(reader.result));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
  return promise;
}
