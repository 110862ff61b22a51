import type { CommandName, CommandOutput, CommandParsed, Result } from '@deckhand/shared';
import type { Identity } from '../identity/identity.ts';

export type TerminalCommand =
  | 'terminal.open'
  | 'terminal.type'
  | 'terminal.size'
  | 'terminal.taken'
  | 'terminal.close';
/** Commands that belong to a socket's own state are handled at that door. */
export type ConnectionCommand = 'session.open' | 'session.leave' | 'typing' | TerminalCommand;
export type ServiceCommand = Exclude<CommandName, ConnectionCommand>;

export type Handler<N extends CommandName> = (
  who: Identity,
  input: CommandParsed<N>,
) => Promise<Result<CommandOutput<N>>>;

/** One handler for each command; both doors call the same. */
export type Handlers = { [N in ServiceCommand]: Handler<N> };
