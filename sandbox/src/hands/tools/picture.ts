/** First bytes of what models look at: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern */
const beginnings: [string, RegExp][] = [
  ['PNG picture', /^\x89PNG\r\n/],
  ['JPEG picture', /^\xff\xd8\xff/],
  ['GIF picture', /^GIF8[79]a/],
  ['WebP picture', /^RIFF.{4}WEBPVP/s],
  ['PDF', /^%PDF-/],
];

/** What a file is that is looked at rather than read as text; undefined for any other. */
export const pictureKind = (bytes: Buffer): string | undefined => {
  const head = bytes.subarray(0, 16).toString('latin1');
  return beginnings.find(([, begins]) => begins.test(head))?.[0];
};
