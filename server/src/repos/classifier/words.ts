/** Words of a text in lower case, without accents: what people write and what repositories are called are compared so. */
export function wordsOf(text: string): string[] {
  return plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

export const plain = (text: string) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** Where a name of one or more words stands in a text, as indexes of its first word. */
export function placesOf(words: readonly string[], name: readonly string[]): number[] {
  if (name.length === 0) return [];
  return words.flatMap((_, at) => (name.every((word, i) => words[at + i] === word) ? [at] : []));
}

/** Words that say nothing about which repository. */
const common = new Set(
  `a about after again all also an and any app application are as at be been but by can change code could do does done
  each error errors every fails fix for from get github had has have help how i if in into is it its just like main make
  me my need new no not now of on one or our out page please project pull repo repository request see service should
  show so some something test tests than that the their them then there these they thing this to too up update us use
  used user users very was we were what when where which who why will with would you your
  bitte das der die ein eine ist und im den dem auf wir von zu mit fur nicht
  le la les un une et est pas dans de du des pour avec sur que qui
  el los las una y en por para con del se al
  il lo gli e per non che di da`.split(/\s+/),
);

export const isTelling = (word: string) => word.length > 2 && !common.has(word);

/** A word without its commonest endings, so that "invoices" meets "invoice". */
export const stem = (word: string) =>
  word.length > 4 ? word.replace(/(ings?|ies|es|ed|s)$/, '') || word : word;
