import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { terminalSocket } from '../hands/places.ts';
import { mostColumns, mostLookers, mostRows, type ToTerminal } from '../protocol/terminal.ts';
import { type Looker, openLooker } from './looker.ts';
import { keptScreen } from './screen.ts';
import { openShell } from './shell.ts';

/** What may wait to be read by a shell that reads nothing. */
const mostUnreadBytes = 256 * 1024;

/**
 * The terminal of a sandbox: one shell, its screen, and whoever looks at it. A process of its own, so that it outlives
 * the runtime, and a flood of output holds up no tool; it ends with its shell.
 */
function main([columns = '', rows = '']: string[]): void {
  const size = {
    columns: Math.min(mostColumns, Math.max(2, Number(columns) || 80)),
    rows: Math.min(mostRows, Math.max(1, Number(rows) || 24)),
  };
  const screen = keptScreen(size);
  const lookers = new Set<Looker>();
  const everyone = (tell: (looker: Looker) => void) => {
    for (const looker of lookers) tell(looker);
  };
  // Half of an output may be on the screen already: who got the screen now would miss the rest, or have it twice.
  let isWriting = false;
  const waiting: (() => void)[] = [];
  const whenStill = (work: () => void) => (isWriting ? void waiting.push(work) : work());
  const shell = openShell(size, {
    onText: async text => {
      isWriting = true;
      const taken = screen.write(text);
      everyone(looker => looker.output(text));
      await taken;
      isWriting = false;
      for (const work of waiting.splice(0)) work();
    },
    onEnd: () => {
      everyone(looker => looker.end());
      rmSync(terminalSocket, { force: true });
      setTimeout(() => process.exit(0), 500);
    },
  });
  screen.onAnswer(shell.type);
  const said = (message: ToTerminal) => {
    if (message.t === 'type') {
      // Whatever reads nothing is sent nothing more.
      if (shell.unread() < mostUnreadBytes) shell.type(message.text);
      return;
    }
    const { columns, rows } = screen.size();
    if (message.columns === columns && message.rows === rows) return;
    screen.resize(message.columns, message.rows);
    shell.resize(message.columns, message.rows);
    everyone(looker => looker.post({ t: 'size', columns: message.columns, rows: message.rows }));
  };
  const welcome = (socket: Socket) => {
    if (lookers.size >= mostLookers) return socket.destroy();
    const looker = openLooker(socket, screen, { said, whenStill, left: () => lookers.delete(looker) });
    lookers.add(looker);
  };
  // Of two that begin at once the second finds the address taken, and goes.
  createServer(welcome)
    .on('error', () => process.exit(1))
    .listen(terminalSocket);
}

// The image's build loads all of this once, for the compile cache.
if (!process.argv.includes('--compile-only')) main(process.argv.slice(2));
