/** A line of its own, first or last; or in front of everything, without a space: `model:NAME Fix the test`. */
const forms = [
  /^model[:=]\s*(\S+)\s*(?:\n|$)/i,
  /^model[:=](\S+)\s+/i,
  /(?:^|\n)[ \t]*model[:=][ \t]*(\S+)\s*$/i,
];

export type PromptWords = {
  /** What is left to be done. */
  text: string;
  model?: string;
  /** For the turn that runs. */
  now?: true;
  /** Only a plan is wanted. */
  plan?: true;
  /** It is to be worked on so many times. */
  attempts?: number;
  /** It is to be done in parts, which are to be approved first. */
  large?: true;
};

/** What a message says about how it is to be done, in front of what is to be done. */
export function takeWords(said: string): PromptWords {
  let words: PromptWords = takeModel(said);
  for (;;) {
    const [whole = '', name = '', count] =
      /^(now|plan|large|attempts\s{1,3}(\d{1,4})):\s*/i.exec(words.text) ?? [];
    const rest = words.text.slice(whole.length);
    if (whole === '' || rest === '') return words;
    const said = count ? { attempts: Number(count) } : { [name.toLowerCase()]: true };
    words = { ...words, ...takeModel(rest), ...said };
  }
}

/** Which model a message says is to answer, and the message without that. */
function takeModel(said: string): { text: string; model?: string } {
  for (const form of forms) {
    const [whole, name = ''] = form.exec(said) ?? [];
    // Slack's own marks of code and stress are no part of a name.
    const model = name.replaceAll(/^[`'"*_]+|(?<![`'"*_,.;])[`'"*_,.;]+$/g, '');
    if (whole !== undefined && model !== '') return { text: said.replace(whole, '').trim(), model };
  }
  return { text: said };
}
