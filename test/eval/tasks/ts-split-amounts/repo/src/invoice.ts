import { split } from './split.ts';

export type Booking = { costCentre: string; cents: number };

export function bookings(cents: number, shares: Record<string, number>): Booking[] {
  const parts = split(cents, Object.values(shares));
  return Object.keys(shares).map((costCentre, i) => ({ costCentre, cents: parts[i] ?? 0 }));
}
