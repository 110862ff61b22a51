import { isSha } from '../../platform/git.ts';
import { outputOf, readObjects, records } from '../../platform/gitObjects.ts';
import { Refused } from './limits.ts';
import { type NewCommit, newOnly, type Push, short } from './newCommits.ts';
import { findSecrets, inOnePiece } from './scanText.ts';
import type { Finding } from './scanWorker.ts';
import type { SecretScanner } from './secretScanner.ts';
import { gitlinkMode, isGone, type TreeChange } from './treeChanges.ts';

type Blob = { sha: string; path: string };

/**
 * Where secrets are in what would leave: `path:line (what it looks like)`. A value is never told. One that stood there
 * before, in what the commit changed or took away, is not new.
 */
export async function secretsIn(
  scanner: SecretScanner,
  push: Push,
  { commits, changes }: { commits: readonly NewCommit[]; changes: readonly TreeChange[] },
): Promise<string[]> {
  const { signal } = push;
  // First, since what is found elsewhere is told by the file's name.
  const names = changes.filter(({ after }) => !isGone(after)).map(({ path }) => path);
  const inNames = await findSecrets(
    scanner,
    { path: 'names', chunks: inOnePiece([...new Set(names)].join('\n')) },
    signal,
  );
  if (inNames.length > 0) return [`the name of a file (${inNames[0]?.kind})`];
  const found: string[] = [];
  for (const { sha, raw } of commits)
    for (const { kind } of await findSecrets(scanner, { path: 'message', chunks: inOnePiece(raw) }, signal))
      found.push(`the message of commit ${short(sha)} (${kind})`);
  const suspects: { blob: Blob; findings: Finding[] }[] = [];
  const blobs = await newBlobs(push);
  const paths = new Map(blobs.map(({ sha, path }) => [sha, path]));
  for await (const { sha, chunks } of readObjects(push.dir, paths.keys(), signal)) {
    const path = paths.get(sha) ?? sha;
    const findings = await findSecrets(scanner, { path, chunks }, signal);
    if (findings.length > 0) suspects.push({ blob: { sha, path }, findings });
  }
  for (const { blob, findings } of suspects) {
    const before = await valuesBefore(scanner, push, { blob, changes });
    for (const { line, kind, value } of findings)
      if (!before.has(value)) found.push(`${blob.path}:${line} (${kind})`);
  }
  return [...new Set(found)];
}

/** All files that would be sent, by what would be sent, not by what commits say that they change. */
async function newBlobs(push: Push): Promise<Blob[]> {
  const { dir, signal, limits } = push;
  const objects = records(outputOf(dir, ['rev-list', '--objects', ...newOnly(push)], { signal }), '\n');
  const paths = new Map<string, string>();
  for await (const line of objects) {
    const [sha = '', ...path] = line.split(' ');
    if (isSha(sha)) paths.set(sha, path.join(' '));
    if (paths.size > limits.entries * 2)
      throw new Refused('It brings more files and folders than can be looked through.');
  }
  const input = paths.keys().map(sha => `${sha}\n`);
  const checked = records(outputOf(dir, ['cat-file', '--batch-check'], { signal, input }), '\n');
  const blobs: Blob[] = [];
  let bytes = 0;
  for await (const line of checked) {
    const [sha = '', type, size] = line.split(' ');
    if (type === 'missing') throw new Refused('What is to be pushed is not whole.');
    if (type !== 'blob') continue;
    const path = paths.get(sha) || sha;
    if (Number(size) > limits.blobBytes) throw new Refused(tooLarge(path, Number(size), limits.blobBytes));
    bytes += Number(size);
    blobs.push({ sha, path });
  }
  if (bytes > limits.bytes)
    throw new Refused(
      `It brings ${mib(bytes)} of new files, more than the ${mib(limits.bytes)} that are looked through for secrets.`,
    );
  return blobs;
}

/** Values that stood in what the commits that brought this file changed or took away. */
async function valuesBefore(
  scanner: SecretScanner,
  push: Push,
  { blob, changes }: { blob: Blob; changes: readonly TreeChange[] },
): Promise<Set<string>> {
  const bringers = changes.filter(({ after }) => after.sha === blob.sha);
  const each: Set<string>[] = [];
  for (const { commit, path } of bringers) {
    const before = changes
      .filter(change => change.commit === commit && (change.path === path || isGone(change.after)))
      .flatMap(change => change.before.filter(entry => !isGone(entry) && entry.mode !== gitlinkMode));
    const values = new Set<string>();
    const shas = new Set(before.map(({ sha }) => sha));
    for await (const { chunks, bytes } of readObjects(push.dir, shas, push.signal)) {
      if (bytes > push.limits.blobBytes) continue;
      for (const { value } of await findSecrets(scanner, { path: blob.path, chunks }, push.signal))
        values.add(value);
    }
    each.push(values);
  }
  return each.reduce((all, values) => all.intersection(values), each[0] ?? new Set<string>());
}

const mib = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
const tooLarge = (path: string, bytes: number, most: number) =>
  `${path} has ${mib(bytes)}, and more than ${mib(most)} of one file is not looked through for secrets. Leave it out.`;
