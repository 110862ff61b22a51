import type { MachineUse, RepoImage, SandboxInfo } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import type { Command } from 'commander';
import { dataPaths } from './connection.ts';
import { installHook } from './hook.ts';
import { must } from './must.ts';
import { plain } from './plain.ts';
import { type Options, print, run } from './run.ts';

type HookOptions = Options & { repo: string };
const lookEveryMs = 500;

/** `deckhand images | pool | sandboxes | refresh | hook`: what is made ready, and the asking for it. */
export function addEstateCommands(program: Command): void {
  const images = program
    .command('images')
    .description('list repositories and the images that their sessions start from')
    .action(list(imagesOf, describeImage));

  images
    .command('log <repo>')
    .description('print the log of the newest build, and follow one that runs')
    .action((repo: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), client => printLog(client, repo)),
    );

  images
    .command('rebuild <repo>')
    .description('build from nothing, whatever is new')
    .action((repo: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        must(await client.http['repo.refresh']({ repo, clean: true }));
        print(`Asked for. Builds run one at a time; watch it with: npx deckhand images log ${repo}`);
        return 0;
      }),
    );

  program
    .command('refresh <repo>')
    .description('look for new commits now')
    .action((repo: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        must(await client.http['repo.refresh']({ repo }));
        print('Looking at the remote. If something is new there, a build follows.');
        return 0;
      }),
    );

  program
    .command('pool')
    .description('list warm sandboxes that no session owns yet')
    .action(list(imagesOf, ({ repo, pool }) => `${repo.padEnd(24)}  ${pool.ready} of ${pool.wanted} ready`));

  program
    .command('sandboxes')
    .description('list sandboxes, and what they take of the machine')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { sandboxes, machine } = must(await client.http['sandbox.list']({}));
        if (json) print(JSON.stringify({ sandboxes, machine }));
        else for (const line of [...sandboxes.map(describeSandbox), describeMachine(machine)]) print(line);
        return 0;
      }),
    );

  program
    .command('hook <path>')
    .description('make a bare repository on this machine tell Deckhand of each push')
    .requiredOption('-r, --repo <id>', 'its id in repos.json')
    .action((path: string, _: object, command: Command) =>
      run(command.optsWithGlobals<HookOptions>(), async (_client, options) => {
        const { url, tokenFile } = await dataPaths(options, process.env);
        print(`Wrote ${await installHook(path, { url, tokenFile, repo: options.repo })}`);
        return 0;
      }),
    );
}

const list =
  <T>(read: (client: Client) => Promise<T[]>, describe: (each: T) => string) =>
  (_: object, command: Command) =>
    run(command.optsWithGlobals<Options>(), async (client, { json }) => {
      for (const each of await read(client)) print(json ? JSON.stringify(each) : describe(each));
      return 0;
    });

const imagesOf = async (client: Client): Promise<RepoImage[]> =>
  must(await client.http['image.list']({})).images;

async function printLog(client: Client, repo: string): Promise<number> {
  const found = (await imagesOf(client)).find(each => each.repo === repo);
  if (!found) throw new Error(`There is no repository ${repo}.`);
  if (!found.build) throw new Error(`${repo} was not built yet.`);
  const { buildId } = found.build;
  for (let after = ''; ; ) {
    const piece = must(await client.http['build.log']({ repo, buildId, after }));
    process.stdout.write(plain(piece.text));
    after = piece.next;
    if (piece.done) break;
    if (!piece.more) await new Promise(resolve => setTimeout(resolve, lookEveryMs));
  }
  const ended = (await imagesOf(client)).find(each => each.repo === repo)?.build;
  return ended?.state === 'failed' ? 1 : 0;
}

function describeImage({ repo, image, build }: RepoImage): string {
  const have = image
    ? `${image.commit.slice(0, 12)}  ${minute(image.builtAt)}  ${mib(image.bytes).padStart(9)}`
    : 'no image yet'.padEnd(41);
  const said = build?.message ? `: ${build.message}` : '';
  return `${repo.padEnd(24)}  ${have}  ${build ? `${build.state}${said}` : 'not built'}`;
}

const describeSandbox = ({ sandboxId, repo, owner, sessionId, state, createdAt }: SandboxInfo) =>
  `${sandboxId}  ${minute(createdAt)}  ${state.padEnd(8)}  ${repo.padEnd(24)}  ${sessionId ?? owner}`;

function describeMachine(machine: MachineUse | null): string {
  if (!machine) return 'Docker is not ready: no sandbox can be made until it is.';
  const memory = machine.memoryBudgetBytes === null ? '' : ` of ${mib(machine.memoryBudgetBytes)}`;
  const line = machine.waiting > 0 ? `, ${machine.waiting} waiting for room` : '';
  return `${machine.sandboxes} of ${machine.mostSandboxes} sandboxes${line}; memory ${mib(machine.memoryUsedBytes)}${memory}; disk ${mib(machine.diskUsedBytes)} of ${mib(machine.diskBudgetBytes)}`;
}

const minute = (at: string) => at.slice(0, 16).replace('T', ' ');
const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024).toLocaleString('en')} MiB`;
