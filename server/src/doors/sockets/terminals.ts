import { failure, limits, type Result } from '@deckhand/shared';
import type { Socket } from 'socket.io';
import type { Call } from '../../commands/call.ts';
import { type Commands, parseInput } from '../../commands/commands.ts';
import type { TerminalCommand } from '../../commands/handlers.ts';
import type { Looking, Terminals } from '../../commands/terminal/terminals.ts';

type On = (name: TerminalCommand, run: (payload: unknown) => Promise<Result>) => void;

/**
 * The terminals that one connection looks at. Opening is a command as any other; what follows comes with every key, so it
 * is held by its own bounds instead of a number of commands a minute.
 */
export function serveTerminals(
  socket: Socket,
  on: On,
  deps: { commands: Commands; terminals: Terminals; call: () => Call },
): { close(): void } {
  const { commands, terminals, call } = deps;
  const open = new Map<string, Looking>();
  const shut = (sessionId: string) => {
    open.get(sessionId)?.close();
    open.delete(sessionId);
  };
  const within = <N extends TerminalCommand>(
    name: N,
    run: (looking: Looking, input: Parsed<N>) => Promise<Result> | Result,
  ) =>
    on(name, async payload => {
      const parsed = parseInput(name, payload);
      if (!parsed.ok) return parsed;
      const input = parsed.input as Parsed<N>;
      const looking = open.get(input.sessionId);
      if (!looking) return failure('bad_request', 'Open the terminal first.');
      try {
        return await run(looking, input);
      } catch (error) {
        return commands.failureOf(name, error);
      }
    });

  on('terminal.open', payload =>
    commands.guardedAct(call(), 'terminal.open', payload, async input => {
      const { sessionId } = input;
      shut(sessionId);
      if (open.size >= limits.terminals)
        return failure('rate_limited', `At most ${limits.terminals} terminals at once.`);
      const opened = await terminals.open(call().who, input, message => socket.emit('terminal', message));
      if (!opened.ok) return opened;
      shut(sessionId);
      const { looking } = opened;
      if (socket.connected) open.set(sessionId, looking);
      else looking.close();
      return { ok: true, mayType: looking.mayType, ...(looking.why ? { why: looking.why } : {}) };
    }),
  );
  within('terminal.type', (looking, { text }) => looking.type(call().who, text));
  within('terminal.size', (looking, { columns, rows }) => looking.resize(call().who, { columns, rows }));
  within('terminal.taken', (looking, { chars }) => {
    looking.taken(chars);
    return { ok: true };
  });
  within('terminal.close', (_, { sessionId }) => {
    shut(sessionId);
    return { ok: true };
  });
  return {
    close() {
      for (const sessionId of open.keys()) shut(sessionId);
    },
  };
}

type Parsed<N extends TerminalCommand> = Extract<ReturnType<typeof parseInput<N>>, { ok: true }>['input'] & {
  sessionId: string;
};
