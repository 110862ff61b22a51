import { shareOut } from '../../src/sandboxes/pool/poolSize.ts';
import type { Asked } from './demandTrace.ts';

/** How many warm sandboxes of a repository there should be, by what was asked for so far. */
export type Sizing = (askedAtMs: number[], nowMs: number) => number;

export type Replayed = {
  /** Requests that found a warm sandbox. */
  hits: number;
  requests: number;
  /** Hours that warm sandboxes stood idle, of all repositories together. */
  idleHours: number;
};

type Repo = { repoId: string; askedAtMs: number[]; ready: number; wanted: number };
type Rules = { sizing: Sizing; refillMs: number; total: number };

const hourMs = 3_600_000;
/** How often the keeper looks where nobody asks: every 5 s in life, which only makes a pool smaller a bit sooner. */
const lookMs = 60_000;
const keptMs = 8 * 24 * hourMs;

/** Plays a trace through a pool that makes one sandbox at a time. */
export function replay(trace: Asked[], { sizing, refillMs, total }: Rules): Replayed {
  const repos = new Map<string, Repo>();
  for (const { repoId } of trace) repos.set(repoId, { repoId, askedAtMs: [], ready: 0, wanted: 0 });
  const result: Replayed = { hits: 0, requests: 0, idleHours: 0 };
  let nowMs = trace[0]?.atMs ?? 0;
  let filling: { repo: Repo; doneMs: number } | null = null;

  const passTo = (atMs: number) => {
    for (const { ready } of repos.values()) result.idleHours += (ready * (atMs - nowMs)) / hourMs;
    nowMs = atMs;
  };
  const look = () => {
    const lastAsked = ({ askedAtMs }: Repo) => askedAtMs.at(-1) ?? 0;
    const byLast = [...repos.values()].toSorted((a, b) => lastAsked(b) - lastAsked(a));
    const wanted = byLast.map((repo): [Repo, number] => {
      while ((repo.askedAtMs[0] ?? nowMs) < nowMs - keptMs) repo.askedAtMs.shift();
      return [repo, sizing(repo.askedAtMs, nowMs)];
    });
    for (const [repo, share] of shareOut(new Map(wanted), total)) {
      repo.wanted = share;
      repo.ready = Math.min(repo.ready, share);
    }
    const lacking = byLast.filter(repo => repo.ready < repo.wanted).toSorted((a, b) => a.ready - b.ready);
    if (!filling && lacking[0]) filling = { repo: lacking[0], doneMs: nowMs + refillMs };
  };
  const passUntil = (atMs: number) => {
    for (;;) {
      passTo(Math.min(atMs, nowMs + lookMs, filling?.doneMs ?? atMs));
      if (filling && filling.doneMs <= nowMs) {
        filling.repo.ready += 1;
        filling = null;
      }
      if (nowMs >= atMs) return;
      look();
    }
  };

  look();
  for (const { atMs, repoId } of trace) {
    passUntil(atMs);
    const repo = repos.get(repoId);
    repo?.askedAtMs.push(atMs);
    result.requests += 1;
    if (repo && repo.ready > 0) {
      result.hits += 1;
      repo.ready -= 1;
    }
    look();
  }
  return result;
}

/** What somebody would do who knew the trace: each sandbox is done in the moment it is asked for, or just before. */
export function oracle(trace: Asked[], refillMs: number): Replayed {
  let nextBeginsMs = Number.POSITIVE_INFINITY;
  let idleMs = 0;
  for (const { atMs } of trace.toReversed()) {
    const doneMs = Math.min(atMs, nextBeginsMs);
    idleMs += atMs - doneMs;
    nextBeginsMs = doneMs - refillMs;
  }
  return { hits: trace.length, requests: trace.length, idleHours: idleMs / hourMs };
}
