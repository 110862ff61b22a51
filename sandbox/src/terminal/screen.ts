import { SerializeAddon } from '@xterm/addon-serialize';
import { Terminal } from '@xterm/headless';

/** Lines above the screen that somebody who comes later still gets. */
const keptLines = 1_000;
/** Characters of a whole screen with what is above it; a smaller part of that is given where it would be more. */
const mostScreenChars = 512 * 1024;

/**
 * What the terminal shows, kept by an emulator: whoever comes later, or could not keep up, gets the screen as it is now,
 * with its modes and its alternate buffer, where a ring of the newest bytes could begin in the middle of a sequence.
 */
export function keptScreen(size: { columns: number; rows: number }) {
  const terminal = new Terminal({
    cols: size.columns,
    rows: size.rows,
    scrollback: keptLines,
    allowProposedApi: true,
  });
  const serializer = new SerializeAddon();
  // It was written for the emulator of browsers, which has the same parts.
  terminal.loadAddon(serializer as unknown as Parameters<typeof terminal.loadAddon>[0]);

  /** The screen alone, without colours: what is left where all else is too much. */
  const plain = (): string => {
    const buffer = terminal.buffer.active;
    const lines = Array.from(
      { length: terminal.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '',
    );
    return lines.join('\r\n').slice(0, mostScreenChars);
  };

  return {
    /** Resolves when it was taken in: whoever writes waits for that, and so does the shell. */
    write: (text: string): Promise<void> => new Promise(resolve => terminal.write(text, resolve)),
    resize: (columns: number, rows: number) => terminal.resize(columns, rows),
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    /** What the emulator answers to programs that ask it something: once, however many look. */
    onAnswer: (hear: (text: string) => void) => void terminal.onData(hear),
    /** What brings an empty terminal to where this one is. */
    whole: (): string => {
      for (let scrollback = keptLines; scrollback >= 50; scrollback = Math.floor(scrollback / 4)) {
        const text = serializer.serialize({ scrollback });
        if (text.length <= mostScreenChars) return text;
      }
      const text = serializer.serialize({ scrollback: 0 });
      return text.length <= mostScreenChars ? text : plain();
    },
  };
}

export type KeptScreen = ReturnType<typeof keptScreen>;
