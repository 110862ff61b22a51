import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import iconv from 'iconv-lite';
import { pageText } from './page.ts';
import { pdfText } from './pdf.ts';
import { get, isLoopback, Refused } from './request.ts';

export type FetchOptions = {
  /** The egress proxy, with this sandbox's credentials; none in tests. */
  proxy: string | undefined;
  /** For everything: connections, redirects, the body. What has come by then is shown. */
  patienceMs?: number;
  mostBytes?: number;
};

export type Fetched =
  /** `notes` are ours, `title` and `text` are the page's. */
  | { ok: true; url: string; status: number; title: string; text: string; notes: string[] }
  | { ok: false; message: string };

const mostRedirects = 5;
const defaultPatienceMs = 25_000;
const defaultMostBytes = 5 * 1024 * 1024;
const mostPageChars = 2 * 1024 * 1024;

/** What lies at an address, as text. Nothing is run, and nothing else that it names is loaded. */
export async function fetchPage(address: string, options: FetchOptions): Promise<Fetched> {
  const { proxy, patienceMs = defaultPatienceMs, mostBytes = defaultMostBytes } = options;
  const late = AbortSignal.timeout(patienceMs);
  let url: URL | null = URL.parse(address);
  try {
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const problem = whyNot(url);
      if (!url || problem) return { ok: false, message: problem };
      const answer = await get(url, proxy, late);
      const { statusCode: status = 0, headers } = answer;
      if (status < 300 || status > 399 || !headers.location)
        return await contentOf(answer, { url, late, mostBytes });
      answer.destroy();
      const next = URL.parse(headers.location, url.href);
      if (next && isLoopback(next) && !isLoopback(url))
        return { ok: false, message: `${url.host} leads to ${next.host}, which is this sandbox itself` };
      url = next;
    }
    return { ok: false, message: `it leads on and on: more than ${mostRedirects} redirects` };
  } catch (error) {
    if (error instanceof Refused)
      return { ok: false, message: `the egress proxy refuses it: ${error.message}` };
    if (late.aborted) return { ok: false, message: `nothing came within ${patienceMs / 1000} s` };
    return { ok: false, message: Error.isError(error) ? error.message : String(error) };
  }
}

function whyNot(url: URL | null): string {
  if (!url) return 'this is no address of a web page';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `only http and https can be fetched, not ${url.protocol.replace(':', '')}`;
  return url.username || url.password ? 'an address with a user or password in it is not fetched' : '';
}

type About = { url: URL; late: AbortSignal; mostBytes: number };

async function contentOf(answer: IncomingMessage, about: About): Promise<Fetched> {
  const { url, late, mostBytes } = about;
  const { statusCode: status = 0, headers } = answer;
  const { bytes, ended } = await bodyOf(answer, about);
  const notes = {
    whole: [],
    long: [`cut after ${mostBytes} bytes`],
    late: [`it had not ended when its time was up: this is what had come`],
    broken: ['the connection broke: this is what had come'],
  }[ended];
  if (bytes.length === 0 && late.aborted)
    return { ok: false, message: 'nothing came before its time was up' };
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const said = await textOf(bytes, { type: type.trim(), charset: charsetOf(parameters.join(';')) });
  if (!said)
    return {
      ok: false,
      message: `${url.href} is ${type.trim() || 'of no named type'} (${bytes.length} bytes), which is no text: get it with curl`,
    };
  return {
    ok: true,
    url: url.href,
    status,
    notes,
    title: said.title,
    text: said.text.slice(0, mostPageChars).toWellFormed(),
  };
}

type Body = { bytes: Buffer; ended: 'whole' | 'long' | 'late' | 'broken' };

async function bodyOf(answer: IncomingMessage, { late, mostBytes }: About): Promise<Body> {
  const unpacker = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  const coding = answer.headers['content-encoding'] ?? '';
  const unpack = Object.hasOwn(unpacker, coding) ? unpacker[coding as keyof typeof unpacker] : undefined;
  const source = unpack ? answer.pipe(unpack()) : answer;
  answer.on('error', error => source.destroy(error));
  const chunks: Buffer[] = [];
  let length = 0;
  const have = () => Buffer.concat(chunks).subarray(0, mostBytes);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      // What is packed may unpack to any size: its chunks are counted as they come out.
      if (length > mostBytes) return { bytes: have(), ended: 'long' };
    }
    return { bytes: have(), ended: 'whole' };
  } catch {
    return { bytes: have(), ended: late.aborted ? 'late' : 'broken' };
  } finally {
    answer.destroy();
  }
}

const charsetOf = (parameters: string) => /charset="?([\w.:-]+)/.exec(parameters)?.[1];

/** Null for what is no text. */
async function textOf(
  bytes: Buffer,
  { type, charset }: { type: string; charset: string | undefined },
): Promise<{ title: string; text: string } | null> {
  if (type === 'application/pdf' || bytes.subarray(0, 5).toString('latin1') === '%PDF-')
    return { title: '', text: (await pdfText(bytes)).text };
  const isHtml =
    /html/.test(type) || (type === '' && /^\s*<(?:!doctype|html)\b/i.test(bytes.toString('latin1', 0, 200)));
  const isText =
    isHtml || /^text\/|json|xml|javascript|ecmascript|yaml|toml|x-sh|sql|graphql/.test(type) || type === '';
  if (!isText || (!isHtml && bytes.subarray(0, 8000).includes(0))) return null;
  const declared =
    charset ?? /<meta[^>]{0,200}charset=["']?([\w.:-]+)/i.exec(bytes.toString('latin1', 0, 4096))?.[1];
  const text = iconv.decode(bytes, declared && iconv.encodingExists(declared) ? declared : 'utf8');
  return isHtml ? pageText(text) : { title: '', text };
}
