import { request } from 'node:http';
import { WireError } from '@deckhand/shared';
import type { TestServer } from './server.ts';

export type Answer = { status: number; headers: Record<string, unknown>; text: string };
export type Ask = {
  method?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** Null sends no token. */
  token?: string | null;
};

/** A bare HTTP request, free to send what no well-behaved client would. */
export function raw(server: TestServer, path: string, ask: Ask = {}): Promise<Answer> {
  const token = ask.token === undefined ? server.token : ask.token;
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(ask.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(ask.body)) }),
    ...ask.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method: ask.method ?? 'GET', headers }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(ask.body);
  });
}

/** The failure that an answer carries: `{error: {code, message, retryable}}`. */
export const errorOf = (answer: Answer) =>
  WireError.parse((JSON.parse(answer.text) as { error: unknown }).error);
