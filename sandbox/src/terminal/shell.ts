import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { ownProgram } from '../hands/own-programs.ts';
import { toolEnvironment, workingDirectory } from '../hands/tool-environment.ts';
import { terminalHistory } from '../protocol/terminal.ts';

/** Read at once, at most: the shell waits until it was taken in. */
const blockBytes = 64 * 1024;

export type Shell = {
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** What waits to be read by the shell, in bytes. */
  unread(): number;
};

/**
 * A shell on a device of its own. The device is made by socat, which every sandbox has for its bridge: nothing has to be
 * compiled for the Node or the libraries of whatever image this is. `onText` is awaited: meanwhile nothing is read, and
 * what prints more than anybody takes stands still.
 */
export function openShell(
  size: { columns: number; rows: number },
  { onText, onEnd }: { onText: (text: string) => Promise<void>; onEnd: () => void },
): Shell {
  const address = 'EXEC:/bin/bash -i,pty,setsid,ctty,sane,stderr';
  const child = spawn(ownProgram('socat'), ['-b', String(blockBytes), '-', address], {
    cwd: workingDirectory(),
    env: forPeople(toolEnvironment()),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  yieldMemory(child);
  const { resize } = sizeOf(child);
  resize(size.columns, size.rows);
  void read(child, onText).finally(onEnd);
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  return {
    type: text => void child.stdin.write(text),
    unread: () => child.stdin.writableLength,
    resize,
  };
}

async function read(child: ChildProcess, onText: (text: string) => Promise<void>): Promise<void> {
  const decoder = new StringDecoder('utf8');
  try {
    for await (const chunk of child.stdout ?? []) {
      const text = decoder.write(chunk as Buffer);
      if (text) await onText(text);
    }
  } catch {
    // It broke off: what came is all there is.
  }
  child.kill('SIGKILL');
}

/** Sets the size of the device that the shell is on: the kernel tells whatever runs there. */
function sizeOf(child: ChildProcess) {
  let wanted = { columns: 0, rows: 0 };
  const set = (attempt: number) => {
    const { columns, rows } = wanted;
    const device = deviceOf(child.pid ?? 0);
    // The shell may be a moment in coming.
    if (!device) return void (attempt < 100 && setTimeout(set, 20, attempt + 1));
    execFile(ownProgram('stty'), ['-F', device, 'cols', String(columns), 'rows', String(rows)], () => {
      // Whoever set another size meanwhile means that one.
      if (wanted.columns !== columns || wanted.rows !== rows) set(0);
    });
  };
  return {
    resize(columns: number, rows: number): void {
      wanted = { columns, rows };
      set(0);
    },
  };
}

function deviceOf(pid: number): string | null {
  try {
    const shell = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
    const device = shell ? readlinkSync(`/proc/${shell}/fd/0`) : '';
    return device.startsWith('/dev/pts/') ? device : null;
  } catch {
    return null;
  }
}

/** The image says what suits programs that nobody watches; here somebody does. */
function forPeople(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PAGER: _, GIT_PAGER: __, GIT_EDITOR: ___, ...rest } = env;
  return {
    ...rest,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    HISTFILE: terminalHistory,
    // With the time of each: what was typed since then can be told.
    HISTTIMEFORMAT: '%F %T ',
    PROMPT_COMMAND: 'history -a',
  };
}

/** Of all processes in the sandbox, the kernel is to pick these before the runtime when memory runs out. */
function yieldMemory({ pid }: ChildProcess): void {
  try {
    if (pid) writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // It has ended already.
  }
}
