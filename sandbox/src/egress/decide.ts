import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { refusedAddress } from './addresses.ts';

export type Target = { host: string; port: number };

/** `address` is what was checked and the only thing that may be connected to: asking again could answer otherwise. */
export type Decision =
  | { allowed: true; address: string }
  | { allowed: true; address: undefined; viaUpstream: true }
  | { allowed: false; reason: string };

export type Rules = { ports: ReadonlySet<number>; upstream?: URL | undefined };

const refused = (reason: string): Decision => ({ allowed: false, reason });

export async function decide({ host, port }: Target, rules: Rules): Promise<Decision> {
  if (!rules.ports.has(port)) return refused(`port ${port} is not open to sandboxes`);
  const addresses = await resolve(host);
  const reasons = addresses.map(refusedAddress);
  const bad = reasons.find(reason => reason !== undefined);
  // One bad address among good ones refuses the name: nobody publishes such by accident.
  if (bad) return refused(`${host} is ${bad}`);
  if (rules.upstream) return { allowed: true, address: undefined, viaUpstream: true };
  const [address] = addresses;
  return address ? { allowed: true, address } : refused(`the name ${host} is not known`);
}

/** Empty where the name is unknown here (a company's proxy may still know it). */
async function resolve(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => address);
  } catch {
    return [];
  }
}

/** `host:port` as in CONNECT, with or without IPv6 brackets. */
export function parseAuthority(text: string): Target | undefined {
  const [, v6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/@?#\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  return host ? { host: host.replace(/\.$/, ''), port: Number(port) } : undefined;
}
