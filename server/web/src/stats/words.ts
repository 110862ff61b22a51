/** A part of all: `–` of nothing. */
export function percent(rate: number | null): string {
  if (rate === null) return '–';
  const hundredths = rate * 100;
  return `${hundredths > 0 && hundredths < 10 ? hundredths.toFixed(1) : Math.round(hundredths)}%`;
}
