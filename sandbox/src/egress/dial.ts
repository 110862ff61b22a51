import { connect, type Socket } from 'node:net';
import type { Allowed, Rules, Target } from './decide.ts';
import { dialUpstream, opened, tunnel, upstreamHeaders } from './upstream.ts';

/** `proxied`: the other end is the company's proxy, which wants the whole address and these headers. */
export type Dialed = { socket: Socket; proxied?: { 'proxy-authorization'?: string } };

/**
 * An open connection to what was decided on: one of the checked addresses, or the company's proxy. `plain` says that
 * HTTP without TLS follows: most proxies tunnel to no port but 443.
 */
export async function dial(
  target: Target,
  decision: Allowed,
  { rules, plain }: { rules: Rules; plain: boolean },
): Promise<Dialed> {
  if (!decision.viaUpstream) return { socket: await dialOneOf(decision.addresses, target.port, rules) };
  if (!plain) return { socket: await tunnel(target, decision.viaUpstream) };
  return { socket: await dialUpstream(decision.viaUpstream), proxied: upstreamHeaders(decision.viaUpstream) };
}

/** The first that answers, in the resolver's order: a host may have an address of a kind that this machine has no way to. */
async function dialOneOf(addresses: readonly string[], port: number, rules: Rules): Promise<Socket> {
  const open = rules.connect ?? ((host: string) => opened(() => connect({ host, port, noDelay: true })));
  let last: unknown = new Error('it has no address');
  for (const address of addresses) {
    try {
      return await open(address, port);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
