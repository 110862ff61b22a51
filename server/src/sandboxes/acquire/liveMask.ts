export type MaskStream = {
  /** What may be shown now; an end that could be the beginning of a secret waits. */
  push(chunk: string): string;
  /** The rest, at the end of the text. */
  end(): string;
};

/** What begins a secret and is shorter is shown at once: each key that somebody types would wait for the next. */
const leastHeldChars = 4;

type Found = { from: number; end: number; shown: string };

/**
 * For text that somebody watches as they type. An end that could be the beginning of a secret waits once it is so long;
 * what of one was shown by then is all that is ever shown of it. `undecidedFrom`: where such an end begins.
 */
export function liveMask(
  findAll: (text: string) => Found[],
  undecidedFrom: (text: string) => number,
): MaskStream {
  /** The newest that was shown and may begin a secret; behind it what waits. */
  let seen = '';
  let held = '';

  const take = (whole: string, decided: number): string => {
    let out = '';
    let at = seen.length;
    for (const { from, end, shown } of findAll(whole.slice(0, decided))) {
      if (end <= at) continue;
      if (from > at) out += whole.slice(at, from);
      out += shown;
      at = end;
    }
    if (decided > at) {
      out += whole.slice(at, decided);
      at = decided;
    }
    const tail = whole.slice(decided);
    if (tail.length < leastHeldChars) {
      out += whole.slice(at);
      [seen, held] = [tail, ''];
    } else [seen, held] = [whole.slice(decided, at), whole.slice(at)];
    return out;
  };

  return {
    push: chunk => {
      const whole = seen + held + chunk;
      return take(whole, undecidedFrom(whole));
    },
    end: () => {
      const whole = seen + held;
      return take(whole, whole.length);
    },
  };
}
