/** Takes these characters off both ends. In a loop: an expression for the end of a text takes the square of its length. */
export function trimChars(text: string, chars: string): string {
  let [from, to] = [0, text.length];
  while (from < to && chars.includes(text[from] ?? '')) from += 1;
  while (to > from && chars.includes(text[to - 1] ?? '')) to -= 1;
  return text.slice(from, to);
}
