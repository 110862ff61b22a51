export function split(cents: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map(weight => Math.round((cents * weight) / sum));
}
