import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { refusedAddress } from './addresses.ts';

export type Target = { host: string; port: number };

/**
 * `addresses` are what was checked and all that may be connected to: asking again could answer otherwise. With
 * `viaUpstream` that proxy is connected to instead.
 */
export type Allowed =
  | { allowed: true; addresses: string[]; viaUpstream?: undefined }
  | { allowed: true; viaUpstream: URL };
export type Decision = Allowed | { allowed: false; reason: string };

export type Rules = {
  ports: ReadonlySet<number>;
  upstream?: URL | undefined;
  /** Names that only the upstream proxy can resolve and that sandboxes may reach through it; a leading dot: all below. */
  upstreamNames?: readonly string[];
  /** What is reached without the upstream proxy: names, a leading dot or `*.` for all below, addresses, or `*`. */
  noProxy?: readonly string[];
  /** Opens a connection to a checked address; over TCP where absent. */
  connect?: (address: string, port: number) => Promise<Socket>;
  /** Authorities that hosts are trusted by whose TLS the proxy opens; the system's where absent. */
  ca?: string | string[];
  /** All addresses of a name; rejects where it has none. The system's resolver where absent. */
  lookup?: (host: string) => Promise<string[]>;
};

const refused = (reason: string): Decision => ({ allowed: false, reason });

export async function decide({ host, port }: Target, rules: Rules): Promise<Decision> {
  if (!rules.ports.has(port)) return refused(`port ${port} is not open to sandboxes`);
  const addresses = await resolve(host, rules.lookup ?? systemLookup);
  const reasons = addresses.map(refusedAddress);
  const bad = reasons.find(reason => reason !== undefined);
  // One bad address among good ones refuses the name: nobody publishes such by accident.
  if (bad) return refused(`${host} is ${bad}`);
  // A name that is unknown here may be an intranet's, which the upstream proxy would find: nobody has looked where it
  // leads, so only names that somebody vouches for go that way.
  const vouched = rules.upstream && (rules.upstreamNames ?? []).some(name => covers(name, host));
  if (addresses.length === 0 && !vouched) return refused(`the name ${host} is not known`);
  const direct = addresses.length > 0 && (rules.noProxy ?? []).some(name => exempts(name, host));
  if (rules.upstream && !direct) return { allowed: true, viaUpstream: rules.upstream };
  return { allowed: true, addresses };
}

const covers = (name: string, host: string): boolean =>
  name.startsWith('.')
    ? host.toLowerCase().endsWith(name.toLowerCase())
    : host.toLowerCase() === name.toLowerCase();

/** As curl reads `NO_PROXY`: a name stands for itself and for all below it. */
function exempts(name: string, host: string): boolean {
  const bare = name.replace(/^\*?\./, '');
  return name === '*' || covers(bare, host) || covers(`.${bare}`, host);
}

/** Empty where the name is unknown here. */
async function resolve(host: string, look: (host: string) => Promise<string[]>): Promise<string[]> {
  if (isIP(host)) return [host];
  return look(host).catch(() => []);
}

const systemLookup = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** `host:port` as in CONNECT, with or without IPv6 brackets. */
export function parseAuthority(text: string): Target | undefined {
  const [, v6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/@?#\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  return host ? { host: host.replace(/\.$/, ''), port: Number(port) } : undefined;
}
