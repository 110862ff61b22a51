/** Each word is an event of the session for ever: a long install says how it goes now and then. */
const everyMs = 10_000;
const mostWords = 40;
const lineChars = 160;
/** Of a failed command's output, what people and the agent are told. */
const keptChars = 2_000;

/** Follows the output of steps: `$ step: command` at once, of the rest the newest line now and then. */
export function followOutput(
  tell: (detail: string) => void,
  nowMs: () => number = () => performance.now(),
): { push(text: string): void; end(): string } {
  let kept = '';
  let rest = '';
  let told = 0;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  const say = (detail: string) => {
    if (told >= mostWords) return;
    told += 1;
    toldAtMs = nowMs();
    tell(detail.slice(0, lineChars));
  };
  return {
    push(text) {
      kept = (kept + text).slice(-keptChars);
      const lines = (rest + text).split(/[\r\n]+/);
      rest = (lines.pop() ?? '').slice(-lineChars);
      const some = lines.map(line => line.trim()).filter(Boolean);
      for (const line of some) if (line.startsWith('$ ')) say(`Runs ${line.slice(2)}`);
      const newest = some.at(-1);
      if (newest && !newest.startsWith('$ ') && nowMs() - toldAtMs >= everyMs) say(newest);
    },
    /** The end of the output, for a sentence about a failure. */
    end: () => (kept.trim() ? `\nThe end of its output:\n${kept.trim()}` : ''),
  };
}
