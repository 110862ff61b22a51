import { chmodSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { egressProxy } from './proxy.ts';

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
});

const socketPath = '/egress/proxy.sock';
const settings = Settings.parse(process.env);
const rules = {
  ports: settings.EGRESS_PORTS,
  upstream: settings.EGRESS_UPSTREAM,
  upstreamNames: settings.EGRESS_UPSTREAM_NAMES,
  noProxy: settings.EGRESS_NO_PROXY,
};

const log = (entry: object) => console.log(JSON.stringify({ at: new Date().toISOString(), ...entry }));

// As PID 1 there is no default for these.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
// A single broken connection must not end the way out of all others.
process.on('uncaughtException', error => log({ error: error.message }));

rmSync(socketPath, { force: true });
egressProxy({ secret: settings.EGRESS_SECRET, rules, log }).listen(socketPath, () =>
  chmodSync(socketPath, 0o666),
);
