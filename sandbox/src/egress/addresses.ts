import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

type Range = readonly [network: string, prefix: number, what: string];

const v4: Range[] = [
  ['0.0.0.0', 8, 'this host'],
  ['10.0.0.0', 8, 'a private address'],
  ['100.64.0.0', 10, 'a carrier-internal address'],
  ['127.0.0.0', 8, 'a loopback address'],
  // Azure's wire server: public by number, the host's own by nature.
  ['168.63.129.16', 32, 'a metadata address'],
  ['169.254.0.0', 16, 'a link-local or metadata address'],
  ['172.16.0.0', 12, 'a private address'],
  ['192.0.0.0', 24, 'a reserved address'],
  ['192.168.0.0', 16, 'a private address'],
  ['198.18.0.0', 15, 'a reserved address'],
  ['224.0.0.0', 4, 'a multicast address'],
  ['240.0.0.0', 4, 'a reserved address'],
];

/** The last five carry an IPv4 address inside, behind which anything may be. Mapped ones are checked as IPv4. */
const v6: Range[] = [
  ['fc00::', 7, 'a private address'],
  ['fe80::', 10, 'a link-local address'],
  ['fec0::', 10, 'a private address'],
  ['ff00::', 8, 'a multicast address'],
  ['::', 96, 'a loopback or reserved address'],
  ['64:ff9b::', 32, 'a translated address'],
  // IPv4-translated (RFC 2765): `::ffff:0:a.b.c.d`.
  ['::ffff:0:0:0', 96, 'a translated address'],
  ['2001::', 32, 'a tunnelled address'],
  ['2002::', 16, 'a tunnelled address'],
];

const ranges = [...v4, ...v6].map(([network, prefix, what]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');
  return { list, what };
});

/** Why this address may not be reached from a sandbox; undefined where it may. */
export function refusedAddress(address: string): string | undefined {
  const mapped = mappedAddress(address);
  if (mapped) return refusedAddress(mapped);
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const hit = ranges.find(({ list }) => list.check(address, family));
  if (hit) return hit.what;
  return ownNetworks().check(address, family) ? "an address of the host's own network" : undefined;
}

/** `::ffff:10.0.0.1`, however it is spelt, is 10.0.0.1. */
function mappedAddress(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const canonical = new URL(`http://[${address.replace(/%.*$/s, '')}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.');
}

/** Asked each time: interfaces come and go (every bridge of the engine is one). */
function ownNetworks(): BlockList {
  const list = new BlockList();
  for (const entry of Object.values(networkInterfaces()).flat()) {
    if (!entry?.cidr) continue;
    const family = entry.family === 'IPv6' ? 'ipv6' : 'ipv4';
    list.addSubnet(entry.address, Number(entry.cidr.split('/')[1]), family);
  }
  return list;
}
