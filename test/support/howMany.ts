/**
 * How often something random is tried: `few` in every run, `many` by `npm run test:faults`, `soak` with its `--soak`.
 */
export function howMany({ few, many, soak = many }: { few: number; many: number; soak?: number }): number {
  const { DECKHAND_TEST_SOAK, DECKHAND_TEST_FAULTS } = process.env;
  if (DECKHAND_TEST_SOAK !== undefined) return soak;
  return DECKHAND_TEST_FAULTS === undefined ? few : many;
}
