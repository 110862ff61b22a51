import { chmodSync, rmSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { z } from 'zod';
import { controlServer } from './control/controlServer.ts';
import { controlSocket } from './control/protocol.ts';
import { egressProxy } from './proxy.ts';
import { RulesBook } from './rules/rulesBook.ts';

const Settings = z.object({
  EGRESS_SECRET: z.string().min(16),
  EGRESS_PORTS: z.string().transform(text => new Set(text.split(',').map(Number))),
  EGRESS_UPSTREAM: z
    .url()
    .optional()
    .transform(text => (text ? new URL(text) : undefined)),
  EGRESS_NO_PROXY: z
    .string()
    .default('')
    .transform(text => text.split(/[\s,]+/).filter(Boolean)),
  EGRESS_UPSTREAM_NAMES: z
    .string()
    .default('')
    .transform(text => text.split(',').filter(Boolean)),
  EGRESS_AUTHORITIES: z.string().optional(),
  /** `server`: a sandbox may do what a server of the deployment says, and nothing before. */
  EGRESS_RULES: z.enum(['none', 'server']).default('none'),
});

const socketPath = '/egress/proxy.sock';
const settings = Settings.parse(process.env);
const rules = {
  ports: settings.EGRESS_PORTS,
  upstream: settings.EGRESS_UPSTREAM,
  upstreamNames: settings.EGRESS_UPSTREAM_NAMES,
  noProxy: settings.EGRESS_NO_PROXY,
  ...(settings.EGRESS_AUTHORITIES
    ? { ca: [...getCACertificates('default'), settings.EGRESS_AUTHORITIES] }
    : {}),
};

const log = (entry: object) => console.log(JSON.stringify({ at: new Date().toISOString(), ...entry }));

// As PID 1 there is no default for these.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
// A single broken connection must not end the way out of all others.
process.on('uncaughtException', error => log({ error: error.message }));

const book = new RulesBook({ required: settings.EGRESS_RULES === 'server' });
const control = controlServer(book, error =>
  log({ error: Error.isError(error) ? error.message : String(error) }),
);
for (const path of [socketPath, controlSocket]) rmSync(path, { force: true });
const served = settings.EGRESS_RULES === 'server' ? { leaves: control.leaves, report: control.report } : {};
if (settings.EGRESS_RULES === 'server') control.server.listen(controlSocket);
egressProxy({ secret: settings.EGRESS_SECRET, rules, log, book, ...served }).listen(socketPath, () =>
  chmodSync(socketPath, 0o666),
);
