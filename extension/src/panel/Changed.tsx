export function Changed(_: object & { view: unknown }) {
  return null;
}
