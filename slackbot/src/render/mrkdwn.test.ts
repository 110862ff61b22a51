import { expect, test } from '@jest/globals';
import { code, link, pieces, sectionChars, toMrkdwn } from './mrkdwn.ts';

const plain = (text: string) => text.replaceAll('\u200b', '');

test('Markdown becomes what Slack shows', () => {
  const said = plain(
    toMrkdwn('# Title\n\n**bold** and *slanted*, `code`, [a page](https://x.example)\n\n- one\n- two'),
  );
  expect(said).toContain('*Title*');
  expect(said).toContain('*bold* and _slanted_, `code`, <https://x.example|a page>');
  expect(said).toMatch(/• +one/);
});

test('an answer calls nobody, whatever it quotes', () => {
  const said = toMrkdwn(
    'Tell <!channel>, <!here>, <@U123> and <#C123>; `<!everyone>`\n\n```\n<!channel|x>\n```',
  );
  expect(said).not.toMatch(/<[!@#]/);
  expect(said).toContain('U123');
});

test('code says what it is, and plants no link and no mention', () => {
  expect(code('sort <a >b && echo')).toBe('`sort &lt;a &gt;b &amp;&amp; echo`');
  expect(code('cat <https://evil.example|README> <!channel>')).not.toMatch(/<|[^-]>/);
  expect(link('https://x.example/a|b> <!channel>', 'a|<b>')).toBe(
    '<https://x.example/a%7Cb%3E%20%3C!channel%3E|a¦&lt;b&gt;>',
  );
});

test('long text is cut between lines into pieces that fit, code fences closed in each', () => {
  const code = Array.from({ length: 400 }, (_, n) => `line ${n} of some code`).join('\n');
  const cut = pieces(`Before\n\`\`\`\n${code}\n\`\`\`\nAfter`, 20);
  expect(cut.cut).toBe(false);
  for (const piece of cut.pieces) {
    expect(piece.length).toBeLessThanOrEqual(sectionChars);
    expect((piece.match(/```/g) ?? []).length % 2).toBe(0);
  }
  const all = cut.pieces.join('\n');
  for (let n = 0; n < 400; n++) expect(all).toContain(`line ${n} of some code`);
  expect(pieces('x\n'.repeat(10_000), 3)).toMatchObject({ cut: true });
  expect(pieces(`${'y'.repeat(20_000)}`, 3).pieces.every(piece => piece.length <= sectionChars)).toBe(true);
});
