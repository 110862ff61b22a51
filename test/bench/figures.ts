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
  target: string;
  /** Whether the target was met; told, never asserted: this is a report. */
  met: boolean;
};

export const ms = (value: number) => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);

export const p50p95 = (figures: readonly number[]) =>
  `p50 ${ms(percentile(figures, 0.5))}, p95 ${ms(percentile(figures, 0.95))}`;

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
