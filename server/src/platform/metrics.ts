import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const quickSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What is counted, in Prometheus' terms. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'deckhand_' });
  const registers = [registry];
  return {
    registry,
    commands: new Counter({
      name: 'deckhand_commands_total',
      help: 'Commands by name, door and answer',
      labelNames: ['name', 'door', 'code'],
      registers,
    }),
    commandSeconds: new Histogram({
      name: 'deckhand_command_seconds',
      help: 'Time to answer a command',
      labelNames: ['name', 'door'],
      buckets: quickSeconds,
      registers,
    }),
    sockets: new Gauge({ name: 'deckhand_sockets', help: 'Open sockets', registers }),
    slowViewers: new Counter({
      name: 'deckhand_slow_viewers_total',
      help: 'Viewers cut off because they did not read',
      registers,
    }),
    turns: new Counter({
      name: 'deckhand_turns_total',
      help: 'Turns by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    turnsRunning: new Gauge({
      name: 'deckhand_turns_running',
      help: 'Turns that run on this worker',
      registers,
    }),
    modelRequests: new Counter({ name: 'deckhand_model_requests_total', help: 'Model calls', registers }),
    sandboxes: new Gauge({
      name: 'deckhand_sandboxes',
      help: 'Sandboxes by owner',
      labelNames: ['owner'],
      registers,
    }),
    claims: new Counter({
      name: 'deckhand_sandbox_claims_total',
      help: 'Sandboxes that sessions got, by where they came from; pool over all is the hit rate of the pool',
      labelNames: ['from'],
      registers,
    }),
    sidebarErrors: new Counter({
      name: 'deckhand_sidebar_errors_total',
      help: 'Errors that sidebars reported',
      registers,
    }),
    builds: new Counter({
      name: 'deckhand_image_builds_total',
      help: 'Looks at repositories, by what became of them',
      labelNames: ['state'],
      registers,
    }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
