import { isIP } from 'node:net';

const mostRedirects = 5;

export type Asked = {
  method: 'GET' | 'POST' | 'PUT';
  headers: Record<string, string>;
  body?: BodyInit;
  signal: AbortSignal;
};

/** Why something of Git LFS could not be had, in words for people; no address with what it may be asked with. */
export class LfsFailure extends Error {
  override name = 'LfsFailure';
  /** It may be had the next time. */
  readonly isAway: boolean;
  constructor(message: string, { status, isAway = false }: { status?: number; isAway?: boolean } = {}) {
    super(message);
    this.isAway = isAway || status === 429 || (status !== undefined && status >= 500 && status !== 501);
  }
}

/**
 * Asks an address that the LFS server of `endpoint` named. Redirects of a GET are followed; what says who asks goes to
 * no other origin than the one it was for. Throws LfsFailure where that is not to be asked, or does not answer.
 */
export async function reach(endpoint: string, address: string, asked: Asked): Promise<Response> {
  let at = address;
  let { headers } = asked;
  for (let n = 0; n <= mostRedirects; n += 1) {
    const url = mayAsk(endpoint, at);
    const answered = await fetch(url, {
      ...asked,
      headers,
      redirect: 'manual',
      ...(asked.body instanceof ReadableStream ? { duplex: 'half' } : {}),
    }).catch(error => {
      asked.signal.throwIfAborted();
      const { cause, message } = error as Error & { cause?: { code?: string } };
      throw new LfsFailure(`${url.host} does not answer (${cause?.code ?? message})`, { isAway: true });
    });
    if (![301, 302, 303, 307, 308].includes(answered.status)) return answered;
    await answered.body?.cancel();
    const to = URL.parse(answered.headers.get('location') ?? '', url);
    if (!to || asked.method !== 'GET')
      throw new LfsFailure(`${url.host} sends elsewhere (${answered.status})`);
    if (to.origin !== url.origin) headers = {};
    at = to.href;
  }
  throw new LfsFailure('its LFS server sends from one address to the next without end');
}

/**
 * The host of a repository may have its content anywhere, but must not have the server ask what only the server can
 * reach: other hosts are asked encrypted, and by name.
 */
function mayAsk(endpoint: string, address: string): URL {
  const url = URL.parse(address);
  const { origin, protocol: spoken } = new URL(endpoint);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new LfsFailure('its LFS server names no address that can be asked');
  if (url.origin === origin) return url;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (
    url.protocol === 'https:' &&
    !isIP(host) &&
    /\.[a-z]/i.test(host) &&
    !/\.(localhost|local|internal)\.?$/i.test(host)
  )
    return url;
  throw new LfsFailure(
    `its LFS server names ${spoken === 'https:' ? 'an unencrypted or unnamed' : 'another'} host, which is not asked`,
  );
}
