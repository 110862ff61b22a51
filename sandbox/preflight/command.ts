import { spawn } from 'node:child_process';

export type Ran = { code: number | null; output: string };

export type CommandOptions = {
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
};

/** Runs a host command; `output` is the last 16 KiB of stdout and stderr. `code` is null where it could not start or was killed. */
export function command(argv: [string, ...string[]], options: CommandOptions = {}): Promise<Ran> {
  return new Promise(resolve => {
    const [file, ...args] = argv;
    const child = spawn(file, args, {
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.timeoutMs ? { timeout: options.timeoutMs } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16 * 1024);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', error => resolve({ code: null, output: `${output}${error.message}` }));
    child.on('close', code => resolve({ code, output }));
  });
}

export async function hasCommand(name: string): Promise<boolean> {
  return (
    (await command(['sh', '-c', `command -v ${name}`], { env: { ...process.env, PATH: searchPath() } }))
      .code === 0
  );
}

/** Debian keeps daemons and file system tools in sbin, which a person's PATH may lack. */
export const searchPath = () => `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
