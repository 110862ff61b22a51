import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DeckhandError } from '@deckhand/shared';

const mark = '# Tells Deckhand of new commits.';

/**
 * Makes a bare repository on this machine tell Deckhand of each push, as a webhook does. The token is read when the hook
 * runs: it is not written into the repository.
 */
export async function installHook(
  path: string,
  server: { url: string; tokenFile: string; repo: string },
): Promise<string> {
  const hooks = join(resolve(path), 'hooks');
  if (!(await stat(hooks).catch(() => null))?.isDirectory())
    throw new DeckhandError('bad_request', `${path} is no bare repository: it has no folder hooks.`);
  const file = join(hooks, 'post-receive');
  const before = await readFile(file, 'utf8').catch(() => null);
  if (before !== null && !before.includes(mark))
    throw new DeckhandError(
      'bad_request',
      `${file} is there already and not ours. Add this to it:\n\n${hookScript(server)}`,
    );
  await writeFile(file, `#!/bin/sh\n${hookScript(server)}`);
  await chmod(file, 0o755);
  return file;
}

/** Never holds up a push, nor fails one. */
const hookScript = ({ url, tokenFile, repo }: { url: string; tokenFile: string; repo: string }) => `${mark}
token=$(cat ${quoted(tokenFile)} 2>/dev/null) &&
curl -fsS -m 5 -o /dev/null -X POST -H "Authorization: Bearer $token" -d '{"pushed":true}' \\
  ${quoted(`${url}/api/repos/${encodeURIComponent(repo)}/refresh`)} || echo 'Deckhand was not told of this push' >&2
exit 0
`;

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
