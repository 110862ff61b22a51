/**
 * The last part of an article's address, from its title: small letters, digits and single dashes, none at either end.
 * Umlauts are written out (ä ae, ö oe, ü ue, ß ss), other accents dropped. `&` is "and". At most 40 characters, cut
 * at a dash where there is one. A title with nothing left is "article". A slug that is taken gets -2, -3, … behind it,
 * within the 40 characters.
 */
export function slug(title, taken = new Set()) {
  const plain = title
    .toLowerCase()
    .replace(/[äöüß]/g, letter => ({ ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' })[letter])
    .replaceAll('&', ' and ')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const base = cut(plain || 'article', 40);
  for (let n = 1; ; n++) {
    const end = n === 1 ? '' : `-${n}`;
    const name = cut(base, 40 - end.length) + end;
    if (!taken.has(name)) return name;
  }
}

function cut(text, length) {
  if (text.length <= length) return text;
  const at = text.lastIndexOf('-', length);
  return text.slice(0, at > 0 ? at : length);
}
