/** Things that must never leave a page. Each is put together here, so that no scanner takes this file for a leak. */
export type Leak = {
  name: string;
  /** What must not be found in anything that is sent. */
  secret: string;
  /** HTML that carries it, as text, attribute or field; `S` stands for the secret. */
  html: string;
};

const letters = 'aB3dE6gH9jK2mN5pQ8sT1vW4xY7zC0fR';
/** A made-up key of this length. */
const key = (length: number, shift = 0) =>
  Array.from({ length }, (_, i) => letters[(i * 7 + shift * 3 + (i >> 3)) % letters.length]).join('');
const hex = (length: number, shift = 0) =>
  Array.from({ length }, (_, i) => '0123456789abcdef'[(i * 7 + shift * 5 + (i >> 2)) % 16]).join('');
const base64url = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const jwt = [base64url({ alg: 'HS256', typ: 'JWT' }), base64url({ sub: '42', name: 'Ana' }), key(43, 1)].join(
  '.',
);
const pem = (kind: string) =>
  [
    `-----BEGIN ${kind}PRIVATE`,
    ` KEY-----\n${key(64, 2)}\n${key(64, 3)}\n-----END ${kind}PRIVATE KEY-----`,
  ].join('');

export const leaks: readonly Leak[] = [
  {
    name: 'a password that was typed',
    secret: 'correct-horse-battery',
    html: '<input type="password" value="S">',
  },
  {
    name: 'a password shown in clear',
    secret: 'hunter2hunter2',
    html: '<input type="text" name="userPassword" value="S">',
  },
  { name: 'a new password', secret: 'Tr0ub4dor&3', html: '<input autocomplete="new-password" value="S">' },
  { name: 'a one-time code', secret: '839201', html: '<input autocomplete="one-time-code" value="S">' },
  { name: 'an otp by name', secret: '554433', html: '<input name="otp" value="S">' },
  {
    name: 'a card number in a field',
    secret: '4242424242424242',
    html: '<input autocomplete="cc-number" value="S">',
  },
  { name: 'a security code', secret: '7391', html: '<input name="cvc" value="S">' },
  { name: 'a card number in a text', secret: '5555 5555 5555 4444', html: '<p>Card: S</p>' },
  { name: 'a card number with dashes', secret: '3782-8224-6310-005', html: '<td>S</td>' },
  {
    name: 'a field by its label',
    secret: 'KING-9981',
    html: '<label>Client secret <input name="f1" value="S"></label>',
  },
  {
    name: 'a field by its placeholder',
    secret: 'pin-778899',
    html: '<input placeholder="API key" value="S">',
  },
  { name: 'a hidden field', secret: 'csrf-value-1234', html: '<input type="hidden" name="x" value="S">' },
  { name: 'a text marked private', secret: 'Jane Roe, born 1980', html: '<p data-private>S</p>' },
  {
    name: 'a text deep in a private part',
    secret: 'Diagnosis: gout',
    html: '<div data-private><ul><li><b>S</b></li></ul></div>',
  },
  {
    name: 'an attribute in a private part',
    secret: 'salary-95000',
    html: '<div data-private><a title="S" href="/x">more</a></div>',
  },
  {
    name: 'a part that a selector makes private',
    secret: 'EUR 95,120',
    html: '<span class="salary">S</span>',
  },
  {
    name: 'a part masked for session replay',
    secret: 'Masked Person',
    html: '<span class="sentry-mask">S</span>',
  },
  { name: 'a JWT in a text', secret: jwt, html: '<code>S</code>' },
  { name: 'a JWT in an attribute', secret: `${jwt}x`, html: '<a data-id="S" href="#">open</a>' },
  { name: 'a JWT in an address', secret: `${jwt}y`, html: '<a href="/cb?token=S">back</a>' },
  { name: 'a bearer header', secret: key(40, 4), html: '<pre>Authorization: Bearer S</pre>' },
  { name: 'basic credentials', secret: btoa('ana:s3cretpass'), html: '<pre>authorization: basic S</pre>' },
  { name: 'a login in an address', secret: 'ana:pa55word', html: '<p>postgres://S@db.acme.example/x</p>' },
  { name: 'an AWS key', secret: `AKIA${'IOSFODNN7REALKEY'}`, html: '<p>S</p>' },
  { name: 'an AWS secret', secret: key(40, 5), html: '<p>aws_secret_access_key = S</p>' },
  { name: 'a GitHub token', secret: `ghp_${key(36, 6)}`, html: '<p>use S here</p>' },
  { name: 'a fine-grained GitHub token', secret: `github_pat_${key(22, 7)}_${key(59, 8)}`, html: '<p>S</p>' },
  { name: 'a GitLab token', secret: `glpat-${key(20, 9)}`, html: '<p>S</p>' },
  {
    name: 'a Slack token',
    secret: `xoxb-${'123456789012'}-${'123456789013'}-${key(24, 10)}`,
    html: '<p>S</p>',
  },
  {
    name: 'a Slack hook',
    secret: `T0000000/B0000000/${key(24, 11)}`,
    html: '<p>https://hooks.slack.com/services/S</p>',
  },
  { name: 'a Stripe key', secret: `sk_live_${key(24, 12)}`, html: '<p>S</p>' },
  { name: 'an OpenAI key', secret: `sk-proj-${key(48, 13)}`, html: '<p title="S">key</p>' },
  { name: 'an Anthropic key', secret: `sk-ant-api03-${key(80, 14)}`, html: '<p>S</p>' },
  { name: 'a Google key', secret: `AIza${key(35, 15)}`, html: '<img alt="map" src="/map.png?key=S">' },
  { name: 'a Google access token', secret: `ya29.${key(60, 16)}`, html: '<p>S</p>' },
  { name: 'an npm token', secret: `npm_${key(36, 17)}`, html: '<p>S</p>' },
  { name: 'a SendGrid key', secret: `SG.${key(22, 18)}.${key(43, 19)}`, html: '<p>S</p>' },
  { name: 'a private key', secret: key(64, 2), html: `<pre>${pem('RSA ')}</pre>` },
  { name: 'a private key of another kind', secret: key(64, 3), html: `<pre>${pem('EC ')}</pre>` },
  { name: 'a key in JSON', secret: 'b7Qz-not-a-word-9', html: '<pre>{"apiKey":"S"}</pre>' },
  { name: 'a password in a configuration', secret: 'sommer2026!', html: '<pre>DB_PASSWORD=S</pre>' },
  {
    name: 'a secret in an environment file',
    secret: 'zq81-lantern',
    html: '<pre>export CLIENT_SECRET="S"</pre>',
  },
  {
    name: 'a session in an address',
    secret: 'ab12cd34ef56',
    html: '<a href="/x?sessionid=S&page=2">next</a>',
  },
  {
    name: 'a code of a sign-in',
    secret: 'cd4f9a77e1',
    html: '<a href="https://app.example/cb?code=S&state=1">go</a>',
  },
  { name: 'a signature of a download', secret: hex(64, 1), html: '<a href="/f?X-Amz-Signature=S">file</a>' },
  { name: 'a random text in hexadecimal', secret: hex(40, 2), html: '<p>S</p>' },
  { name: 'a random text', secret: key(44, 20), html: '<p data-key="S">x</p>' },
  { name: 'a bank account', secret: 'DE89 3704 0044 0532 0130 00', html: '<p>S</p>' },
  { name: 'a social security number', secret: '078-05-1120', html: '<p>SSN S</p>' },
  {
    name: 'a name made of a private part',
    secret: 'Named Person',
    html: '<span id="lbl" data-private>S</span><button aria-labelledby="lbl">x</button>',
  },
  {
    name: 'a private text said again elsewhere',
    secret: 'Repeat Person',
    html: '<i data-private>S</i><p title="S">again</p>',
  },
  {
    name: 'a password said again elsewhere',
    secret: 'pass-said-twice',
    html: '<input type="password" value="S"><output>S</output>',
  },
  {
    name: 'a private option',
    secret: 'Blood group AB',
    html: '<select data-private><option selected>S</option></select>',
  },
  { name: 'a private text area', secret: 'Dear diary of 1999', html: '<textarea data-private>S</textarea>' },
];
