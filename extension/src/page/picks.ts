/** Elements that were picked or shown, by number, for as long as the page keeps them. */
export function createNumbers() {
  const numbers = new WeakMap<Element, number>();
  const elements = new Map<number, WeakRef<Element>>();
  let next = 1;
  return {
    idOf(element: Element): number {
      const known = numbers.get(element);
      if (known !== undefined) return known;
      const id = next++;
      numbers.set(element, id);
      elements.set(id, new WeakRef(element));
      return id;
    },
    find(id: number): Element | null {
      const element = elements.get(id)?.deref();
      return element?.isConnected ? element : null;
    },
  };
}
export type Numbers = ReturnType<typeof createNumbers>;

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz';
export function newPickId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `pck_${[...bytes].map(byte => alphabet[byte % alphabet.length]).join('')}`;
}
