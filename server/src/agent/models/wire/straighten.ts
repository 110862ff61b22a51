type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Chunks of Chat Completions as servers really send them, made into what the API says: one for each answer, as it
 * remembers which calls were begun. Changes in place what it is given; other events pass as they are.
 */
export class ChatChunks {
  #begun: (string | null)[] = [];

  straighten(event: unknown): void {
    if (!isFields(event) || !('choices' in event)) return;
    if (!Array.isArray(event.choices)) event.choices = [];
    for (const choice of event.choices as unknown[]) if (isFields(choice)) this.#choice(choice);
  }

  #choice(choice: Fields): void {
    // An empty reason stands for none: an answer that ends there was cut.
    if (choice.finish_reason === '') choice.finish_reason = null;
    const { delta } = choice;
    if (!isFields(delta)) {
      choice.delta = {};
      return;
    }
    if (delta.role !== 'assistant') delete delta.role;
    if (!Array.isArray(delta.tool_calls)) {
      delete delta.tool_calls;
      return;
    }
    for (const call of delta.tool_calls) if (isFields(call)) this.#call(call);
  }

  #call(call: Fields): void {
    if (typeof call.id !== 'string' || call.id === '') delete call.id;
    if (call.type !== 'function') call.type = 'function';
    const given = isFields(call.function) ? call.function : {};
    call.function = given;
    if (given.name === '') delete given.name;
    if (isFields(given.arguments)) given.arguments = JSON.stringify(given.arguments);
    if (typeof call.index !== 'number') call.index = this.#indexOf(call.id, given.name);
  }

  /** A call without a place: one that is known by its id, the next where it is named, else the one that was begun last. */
  #indexOf(id: unknown, name: unknown): number {
    const known = typeof id === 'string' ? this.#begun.indexOf(id) : -1;
    if (known >= 0) return known;
    const begins = typeof id === 'string' || typeof name === 'string' || this.#begun.length === 0;
    if (begins) this.#begun.push(typeof id === 'string' ? id : null);
    return this.#begun.length - 1;
  }
}
