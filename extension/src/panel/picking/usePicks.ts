import type { Attachment } from '@deckhand/shared';
import { type Capture, captureMediaType, pickName } from '@deckhand/shared/capture';
import type { Client } from '@deckhand/shared/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { rendered } from '../render.ts';
import type { Pick } from './pick.ts';
import { forgetSent, keepSent, loadSent, type SentPicks } from './sentPicks.ts';
import type { Shot } from './shot.ts';

export type Picks = {
  list: readonly Pick[];
  /** Answers whether a picture of it is still to be taken, where such are wanted. */
  add(capture: Capture, wantsShot: boolean): boolean;
  /** Goes with what is added next. */
  withNext(shot: Shot): void;
  better(capture: Capture): void;
  change(pickId: string, change: Partial<Pick>): void;
  strike(pickId: string, line: number): void;
  remove(pickId: string): void;
  /** Nothing of what was picked, sent or not, is kept. */
  clear(): void;
  /** What was sent with prompts of a session: what its change is compared with. */
  sentWith(sessionId: string): readonly Pick[];
  /** What is listed was sent, and makes room. */
  sent(sessionId: string): void;
  /** Uploads what is to be sent; null where that failed. */
  upload(client: Client): Promise<Attachment[] | null>;
};

const fileName = (name: string) =>
  name
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60) || 'element';

export function usePicks(tokens: number, onProblem: (message: string) => void): Picks {
  const [list, setList] = useState<readonly Pick[]>([]);
  const [sent, setSent] = useState<SentPicks>(new Map());
  useEffect(() => {
    void loadSent().then(kept => setSent(before => new Map([...kept, ...before])));
  }, []);
  const now = useRef(list);
  now.current = list;
  const sentNow = useRef(sent);
  sentNow.current = sent;
  /** Also of one that was sent meanwhile: its picture may come later. */
  const change = useCallback((pickId: string, part: Partial<Pick>) => {
    const changed = (picks: readonly Pick[]) =>
      picks.map(pick => (pick.pickId === pickId ? { ...pick, ...part } : pick));
    setList(changed);
    const entry = [...sentNow.current].find(([, picks]) => picks.some(pick => pick.pickId === pickId));
    if (!entry) return;
    sentNow.current = new Map(sentNow.current).set(entry[0], changed(entry[1]));
    setSent(sentNow.current);
    void keepSent(sentNow.current);
  }, []);
  const nextShot = useRef<Shot | null>(null);
  /** Captures that are still being written out. */
  const pending = useRef(new Set<Promise<void>>());
  const render = useCallback(
    async (capture: Capture) => {
      const { text, tokens: used } = await rendered(capture, tokens);
      const written = { lines: text.split('\n'), tokens: used, capture, name: pickName(capture) };
      // Lines that somebody struck out meanwhile are lines of the text before: that is the one that is sent.
      const isTaken = (pick: Pick) => pick.pickId === capture.pickId && pick.struck.size === 0;
      setList(before => before.map(pick => (isTaken(pick) ? { ...pick, ...written } : pick)));
    },
    [tokens],
  );
  const hold = (work: Promise<void>) => {
    const held = work.finally(() => pending.current.delete(held));
    pending.current.add(held);
  };
  return {
    list,
    change,
    add(capture, wantsShot) {
      const { pickId } = capture;
      const shot = nextShot.current;
      nextShot.current = null;
      const made: Pick = {
        pickId,
        name: pickName(capture),
        capture,
        lines: [],
        struck: new Set(),
        tokens: 0,
        before: shot,
        shot,
        sendShot: shot !== null,
        awaitsShot: wantsShot && shot === null,
      };
      setList(before => [...before.filter(pick => pick.pickId !== pickId), made]);
      hold(render(capture));
      return made.awaitsShot;
    },
    withNext(shot) {
      nextShot.current = shot;
    },
    better(capture) {
      hold(render(capture));
    },
    strike(pickId, line) {
      const pick = now.current.find(one => one.pickId === pickId);
      if (!pick) return;
      const struck = new Set(pick.struck);
      if (!struck.delete(line)) struck.add(line);
      change(pickId, { struck });
    },
    remove: pickId => setList(before => before.filter(pick => pick.pickId !== pickId)),
    clear() {
      nextShot.current = null;
      setList([]);
      setSent(new Map());
      void forgetSent();
    },
    sentWith: sessionId => sent.get(sessionId) ?? [],
    sent(sessionId) {
      const gone = now.current;
      setList([]);
      if (gone.length === 0) return;
      const before = sentNow.current.get(sessionId) ?? [];
      sentNow.current = new Map(sentNow.current).set(sessionId, [...before, ...gone]);
      setSent(sentNow.current);
      void keepSent(sentNow.current);
    },
    async upload(client) {
      await Promise.all(pending.current);
      // What they wrote is in the list once it was drawn.
      await new Promise(resolve => requestAnimationFrame(resolve));
      const files = now.current.flatMap(pick => {
        const text = pick.lines.filter((_, line) => !pick.struck.has(line)).join('\n');
        const base = fileName(pick.name);
        const parts = [new File([text], `${base}.txt`, { type: captureMediaType })];
        if (pick.sendShot && pick.shot)
          parts.push(new File([pick.shot.blob], `${base}.png`, { type: 'image/png' }));
        return parts;
      });
      const answers = await Promise.all(files.map(file => client.uploadAttachment(file)));
      const failed = answers.find(answer => !answer.ok);
      if (failed && !failed.ok) {
        onProblem(failed.message);
        return null;
      }
      return answers.flatMap(answer => (answer.ok ? [answer.attachment] : []));
    },
  };
}
