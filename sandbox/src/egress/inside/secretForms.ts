/** Shorter forms are everywhere: to replace them would only garble what is read. */
const shortestChars = 6;

/**
 * How a secret's value may stand in what a host answers: as it is, in base64 (as a whole, and inside of a longer one),
 * in hex, and as the texts of JSON, addresses and pages write it. As bytes, one character each.
 */
export function formsOf(value: string): string[] {
  const plain = [value, value.trim()];
  const texts = plain.flatMap(text => [text, ...escapedForms(text)]);
  const bytes = texts.map(text => Buffer.from(text, 'utf8').toString('latin1'));
  const wide = plain.flatMap(text => {
    const little = Buffer.from(text, 'utf16le');
    return [little.toString('latin1'), Buffer.from(little).swap16().toString('latin1')];
  });
  const hex = plain.map(text => Buffer.from(text, 'utf8').toString('hex'));
  return [
    ...new Set([
      ...bytes,
      ...wide,
      ...hex,
      ...hex.map(text => text.toUpperCase()),
      ...plain.flatMap(base64Forms),
    ]),
  ].filter(form => form.length >= shortestChars);
}

function escapedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const address = encodeURIComponent(text);
  const page = text.replace(/[&<>"']/g, character => pageEntities[character] ?? character);
  return [
    json,
    json.replaceAll('/', '\\/'),
    address,
    address.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    address.replaceAll('%20', '+'),
    page,
  ];
}

const pageEntities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A whole one, and the middles that it has inside of longer base64, where its bytes begin at any of three places. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const middles = [0, 1, 2].map(shift => {
    const inside = Buffer.concat([Buffer.alloc(shift), bytes]);
    // A character of base64 has 6 bits: the first that is all ours, and the one behind the last.
    return inside.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((inside.length * 8) / 6));
  });
  const usual = [bytes.toString('base64'), bytes.toString('base64').replace(/={1,2}$/, ''), ...middles];
  return usual.flatMap(form => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}
