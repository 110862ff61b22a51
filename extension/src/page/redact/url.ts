import { isPrivateName, type Redactor, removed } from './redactor.ts';

/** An address without logins, secret parameters and what only a browser reads. */
export function cleanUrl(given: string, redactor: Redactor): string {
  if (!URL.canParse(given)) return redactor.text(given);
  const url = new URL(given);
  if (url.username || url.password) redactor.took('login in a URL');
  url.username = '';
  url.password = '';
  const pairs = [...url.searchParams].map(([name, value]) => {
    const said = isPrivateName(name) || /^(code|state|sig|signature|key|sid|ticket)$/i.test(name);
    if (said && value !== '') redactor.took('secret in a URL');
    return `${redactor.text(name)}=${said ? removed('secret') : redactor.text(value)}`;
  });
  // A fragment that is a route says where one is; any other may hold what a sign-in handed over.
  const hash = /^#!?\//.test(url.hash) ? redactor.text(url.hash.split('?')[0] ?? '') : '';
  return `${url.origin === 'null' ? `${url.protocol}//` : url.origin}${redactor.text(decoded(url.pathname))}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}${hash}`;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
