import type { IncomingMessage, ServerResponse } from 'node:http';
import { appMay, type Caller } from './caller.ts';
import { bareRepository } from './repository.ts';
import { sendJson, textOf } from './wire.ts';

type Entry = { path: string; mode: string; type: string; sha: string };
type Who = { name: string; email: string; date: string };

/** Git's own objects over the API, as GitHub's Git database takes them: each is made in the repository by real git. */
export function createGitData(folder: string) {
  async function make(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
    const given = JSON.parse(await textOf(request)) as unknown;
    const { run } = bareRepository(folder, asked.repo);
    try {
      sendJson(response, request.method === 'PATCH' ? 200 : 201, makers[asked.kind](run, given, asked));
    } catch {
      sendJson(response, 422, { message: 'Validation Failed' });
    }
  }
  return {
    handle(request: IncomingMessage, response: ServerResponse, caller: Caller): boolean {
      const { pathname } = new URL(request.url ?? '/', 'http://github');
      const [, repo = '', kind, ref = ''] =
        /^\/repos\/([^/]+\/[^/]+)\/git\/(blobs|trees|commits|refs)(?:\/(.+))?$/.exec(pathname) ?? [];
      if (!repo) return false;
      if (appMay(caller, repo, ['contents', 'write']))
        void make(request, response, { repo, kind: kind as Kind, ref: decodeURIComponent(ref) });
      else sendJson(response, 403, { message: 'Resource not accessible by integration' });
      return true;
    },
  };
}

type Kind = 'blobs' | 'trees' | 'commits' | 'refs';
type Asked = { repo: string; kind: Kind; ref: string };
type Run = ReturnType<typeof bareRepository>['run'];

const makers: Record<Kind, (run: Run, given: unknown, asked: Asked) => object> = {
  blobs(run, given) {
    const { content, encoding } = given as { content: string; encoding: 'base64' };
    return { sha: run(['hash-object', '-w', '--stdin'], { input: Buffer.from(content, encoding) }) };
  },
  trees(run, given) {
    const lines = (given as { tree: Entry[] }).tree.map(
      ({ mode, type, sha, path }) => `${mode} ${type} ${sha}\t${path}\n`,
    );
    return { sha: run(['mktree'], { input: lines.join('') }) };
  },
  commits(run, given) {
    const { message, tree, parents, author } = given as {
      message: string;
      tree: string;
      parents: string[];
      author: Who;
    };
    const env = { GIT_AUTHOR_DATE: author.date, GIT_COMMITTER_DATE: author.date };
    const by = ['-c', `user.name=${author.name}`, '-c', `user.email=${author.email}`];
    const from = parents.flatMap(parent => ['-p', parent]);
    return { sha: run([...by, 'commit-tree', tree, ...from, '-m', message], { env }) };
  },
  refs(run, given, asked) {
    const { ref, sha } = given as { ref: string; sha: string };
    // One that is there already is not made again.
    if (asked.ref) run(['update-ref', `refs/${asked.ref}`, sha]);
    else run(['update-ref', ref, sha, '0'.repeat(40)]);
    return { ref: asked.ref || ref, object: { sha } };
  },
};
