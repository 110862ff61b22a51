import assert from 'node:assert/strict';
const src = process.argv[2];
const { feedItem } = await import(`${src}/feed.ts`);
const { mailSubject } = await import(`${src}/mail.ts`);
const { reportLine } = await import(`${src}/report.ts`);
const names = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
names.forEach((name, month) => {
  const early = new Date(Date.UTC(2025, month, 9, 0, 7));
  const late = new Date(Date.UTC(2025, month, 28, 23, 59));
  assert.equal(mailSubject('T', early), `T (09 ${name} 2025)`);
  assert.equal(mailSubject('T', late), `T (28 ${name} 2025)`);
  assert.equal(reportLine('n', early, 0), `9 ${name} 00:07  n: 0`);
  assert.equal(reportLine('n', late, 5), `28 ${name} 23:59  n: 5`);
  assert.equal(feedItem('x', early).published, `2025/${name}/09 00h07`);
  assert.equal(feedItem('x', late).published, `2025/${name}/28 23h59`);
});
console.log('ok');
