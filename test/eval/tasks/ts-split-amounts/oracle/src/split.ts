/** Splits an amount (cents) by weights; the parts add up to it. */
export function split(cents: number, weights: readonly number[]): number[] {
  const sign = cents < 0 ? -1 : 1;
  const whole = Math.abs(cents);
  const sum = weights.reduce((a, b) => a + b, 0);
  // In whole numbers: remainders of equal weights must be equal.
  const parts = weights.map(weight => ({
    cents: Math.floor((whole * weight) / sum),
    left: (whole * weight) % sum,
  }));
  let missing = whole - parts.reduce((total, part) => total + part.cents, 0);
  const byLeft = parts.map((_, i) => i).sort((a, b) => (parts[b]?.left ?? 0) - (parts[a]?.left ?? 0) || a - b);
  for (const i of byLeft) {
    const part = parts[i];
    if (missing === 0 || !part) break;
    part.cents += 1;
    missing -= 1;
  }
  return parts.map(part => sign * part.cents);
}
