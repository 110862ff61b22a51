/** A sandbox that has more open at once is refused: what one takes of the proxy, others lack. */
const mostOfOne = 256;

/** `opened`: whether the proxy opens its TLS, where it is such. `end` cuts it off. */
export type Connection = { host: string; opened?: boolean; end: () => void };

/** What goes on between each sandbox and the outside, so that it can be cut off. */
export class OpenConnections {
  #of = new Map<string, Set<Connection>>();

  /** What takes it out again; undefined where the sandbox has too many. */
  add(sandboxId: string, connection: Connection): (() => void) | undefined {
    const all = this.#of.get(sandboxId) ?? new Set();
    if (all.size >= mostOfOne) return undefined;
    this.#of.set(sandboxId, all.add(connection));
    return () => {
      all.delete(connection);
      if (all.size === 0 && this.#of.get(sandboxId) === all) this.#of.delete(sandboxId);
    };
  }

  of(sandboxId: string): Connection[] {
    return [...(this.#of.get(sandboxId) ?? [])];
  }
}
