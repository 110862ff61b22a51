import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The p-th percentile (0..1) of some figures, by nearest rank. */
export function percentile(figures: readonly number[], p: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

/** One line of the report: what we measured, and the bare thing of the same run beside it. */
export type Row = {
  what: string;
  ours: string;
  /** Absent where there is no bare thing to hold it against. */
  bare?: string;
  ratio?: number;
  /** Whether it was met is told, never asserted: this is a report. Absent where nothing was promised. */
  target?: string;
  met?: boolean;
  /** Where the time goes. */
  parts?: [name: string, figures: string][];
};

export const ms = (value: number) => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);

export const p50p95 = (figures: readonly number[]) =>
  `p50 ${ms(percentile(figures, 0.5))}, p95 ${ms(percentile(figures, 0.95))}`;

export const p50Ratio = (ours: readonly number[], bare: readonly number[]) =>
  percentile(ours, 0.5) / percentile(bare, 0.5);

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** What a bench beside the server's own code prints: it is measured there, in a process of its own, and reported here. */
export async function serverBench(path: string, ...args: string[]): Promise<unknown> {
  const file = fileURLToPath(new URL(`../../server/test/benches/${path}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { maxBuffer: 1024 * 1024 });
  return JSON.parse(stdout);
}
