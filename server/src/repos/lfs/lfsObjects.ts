import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { readLater } from '../../platform/readLater.ts';
import { singleFlight } from '../../platform/singleFlight.ts';
import { type Lack, Lacks } from '../lacks.ts';
import { askBatch, type LfsServer } from './batch.ts';
import { lfsHeaders, type Remote } from './credentials.ts';
import { lfsLimits, mib } from './limits.ts';
import { lfsPlace } from './place.ts';
import type { Pointer } from './pointer.ts';
import { configuredUrl, type LfsFile, pointersAt } from './pointersIn.ts';
import { LfsFailure } from './reach.ts';
import { fileOf, holds, NotWhatItNames, takeObject } from './takeObject.ts';
import { download, upload } from './transfer.ts';

/**
 * Null: the host has them all. `missing`: nobody has the content of these; `refused`: the host does not take it; `away`:
 * it did not answer, and may the next time.
 */
export type Sent = { kind: 'missing' | 'refused' | 'away'; why: string } | null;

const atOnce = 4;
const keptCommits = 20;

/**
 * The content of a repository's LFS files: kept in the folder of its mirror, by its SHA-256, for as long as that is
 * kept; had from and brought to the remote with what the server may show there.
 */
export class LfsObjects {
  /** Files that stayed pointers. */
  readonly lacks = new Lacks();
  #dir: string;
  #remote: (access: 'read' | 'write') => Promise<Remote>;
  #flights = singleFlight<string, void>();
  #files = new Map<string, Promise<LfsFile[]>>();

  constructor(dir: string, remote: (access: 'read' | 'write') => Promise<Remote>) {
    this.#dir = dir;
    this.#remote = remote;
  }

  /** Files of a commit that are kept so; none where that cannot be read. */
  filesAt(commit: string): Promise<LfsFile[]> {
    const known = this.#files.get(commit);
    if (known) return known;
    const files = pointersAt({ dir: this.#dir, commit }).catch(() => []);
    this.#files.set(commit, files);
    if (this.#files.size > keptCommits) this.#files.delete(this.#files.keys().next().value ?? '');
    return files;
  }

  has(pointer: Pointer): Promise<boolean> {
    return holds(this.#dir, pointer);
  }

  /** The content of what is here. */
  read(pointer: Pointer): Readable {
    return readLater(createReadStream(fileOf(this.#dir, pointer)));
  }

  /** Whether what comes is what the pointer names, and is here now. */
  async take(pointer: Pointer, source: Readable, signal: AbortSignal): Promise<boolean> {
    try {
      await takeObject(this.#dir, pointer, { source, signal });
      return true;
    } catch (error) {
      if (!(error instanceof NotWhatItNames)) signal.throwIfAborted();
      return false;
    }
  }

  /** Brings the content of a commit's files here. Answers those of which it could not be had. Throws the signal's reason. */
  async fetch(commit: string, files: readonly LfsFile[], signal: AbortSignal): Promise<Lack[]> {
    const { within, beyond } = bounded(files);
    const lacking: LfsFile[] = [];
    for (const file of within) if (!(await this.has(file))) lacking.push(file);
    const why =
      lacking.length > 0 ? await this.#download(commit, lacking, signal) : new Map<string, string>();
    const lacks = lacking.flatMap(({ path, oid }) => {
      const reason = why.get(oid);
      return reason === undefined ? [] : [{ path, why: reason }];
    });
    const all = [...lacks, ...beyond];
    this.lacks.note(commit, all);
    return all;
  }

  /** Brings content to the remote that it does not have. Throws the signal's reason. */
  async send(commit: string, files: readonly LfsFile[], signal: AbortSignal): Promise<Sent> {
    const pointers = [...new Map(files.map(file => [file.oid, file])).values()];
    const names = (some: readonly LfsFile[]) =>
      some
        .slice(0, 10)
        .map(({ path }) => path)
        .join(', ') + (some.length > 10 ? ` and ${some.length - 10} more` : '');
    const { beyond } = bounded(pointers);
    const [first] = beyond;
    if (first) return { kind: 'refused', why: `${first.path}: ${first.why}` };
    try {
      const { place, server } = await this.#place(commit, 'write');
      if (place.kind === 'none') throw new LfsFailure(place.why);
      const said = server ? await askBatch(server, 'upload', { pointers, signal }) : null;
      const toSend: LfsFile[] = [];
      for (const pointer of pointers) {
        const isThere = said
          ? said.get(pointer.oid) !== undefined &&
            !said.get(pointer.oid)?.error &&
            !said.get(pointer.oid)?.actions?.upload
          : place.kind === 'folder' && (await holds(place.dir, pointer));
        if (!isThere) toSend.push(pointer);
      }
      const missing: LfsFile[] = [];
      for (const pointer of toSend) if (!(await this.has(pointer))) missing.push(pointer);
      if (missing.length > 0) return { kind: 'missing', why: names(missing) };
      await inTurns(toSend, async pointer => {
        if (server) await upload(pointer, { server, said: said?.get(pointer.oid), dir: this.#dir, signal });
        else if (place.kind === 'folder')
          await takeObject(place.dir, pointer, { source: this.read(pointer), signal });
      });
      return null;
    } catch (error) {
      signal.throwIfAborted();
      const isAway = error instanceof LfsFailure && error.isAway;
      return { kind: isAway ? 'away' : 'refused', why: `${names(files)}: ${(error as Error).message}` };
    }
  }

  async #download(
    commit: string,
    files: readonly LfsFile[],
    signal: AbortSignal,
  ): Promise<Map<string, string>> {
    const why = new Map<string, string>();
    const pointers = [...new Map(files.map(file => [file.oid, file])).values()];
    try {
      const { place, server } = await this.#place(commit, 'read');
      if (place.kind === 'none') throw new LfsFailure(place.why);
      const said = server ? await askBatch(server, 'download', { pointers, signal }) : null;
      await inTurns(pointers, async pointer => {
        try {
          await this.#flights.run(pointer.oid, async () => {
            if (server)
              await download(pointer, { server, said: said?.get(pointer.oid), dir: this.#dir, signal });
            else if (place.kind === 'folder') await this.#copyFrom(place.dir, pointer, signal);
          });
        } catch (error) {
          signal.throwIfAborted();
          why.set(pointer.oid, reasonOf(error));
        }
      });
    } catch (error) {
      signal.throwIfAborted();
      for (const { oid } of pointers) why.set(oid, reasonOf(error));
    }
    return why;
  }

  async #copyFrom(dir: string, pointer: Pointer, signal: AbortSignal): Promise<void> {
    const path = fileOf(dir, pointer);
    if (!(await lstat(path).catch(() => null))?.isFile()) throw new LfsFailure('its remote does not have it');
    if (!(await this.take(pointer, readLater(createReadStream(path)), signal)))
      throw new LfsFailure('what its remote has is not what the pointer names');
  }

  async #place(commit: string, access: 'read' | 'write') {
    const remote = await this.#remote(access);
    const place = lfsPlace(remote.url, await configuredUrl({ dir: this.#dir, commit }));
    const server: LfsServer | null =
      place.kind === 'http' ? { url: place.url, headers: lfsHeaders(remote, place.url) } : null;
    return { place, server };
  }
}

/** Small ones first: of what is too much, most files are whole. */
function bounded(files: readonly LfsFile[]): { within: LfsFile[]; beyond: Lack[] } {
  const { objects, objectBytes, bytes: most } = lfsLimits;
  const within: LfsFile[] = [];
  const beyond: Lack[] = [];
  const counted = new Set<string>();
  let bytes = 0;
  for (const file of files.toSorted((a, b) => a.bytes - b.bytes)) {
    const more = counted.has(file.oid) ? 0 : file.bytes;
    if (file.bytes > objectBytes)
      beyond.push({ path: file.path, why: `it has ${mib(file.bytes)}, more than ${mib(objectBytes)}` });
    else if (bytes + more > most || counted.size >= objects)
      beyond.push({
        path: file.path,
        why: `with it there would be more than ${mib(most)} or ${objects} objects`,
      });
    else {
      bytes += more;
      counted.add(file.oid);
      within.push(file);
    }
  }
  return { within, beyond };
}

async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of left) await work(one);
    }),
  );
}

const reasonOf = (error: unknown) =>
  error instanceof LfsFailure ? error.message : 'it could not be fetched';
