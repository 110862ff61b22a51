import type { Capture, SourcePlace } from '@deckhand/shared/capture';
import { symbolicateStack } from 'bippy/source';
import { fileOf } from './places.ts';
import type { RawAnswer, RawPlace } from './wire.ts';

/** Who picks waits for it: places of the built file are said where maps take longer. */
const patienceMs = 1500;

/** Puts the places that source maps give in the stead of those of the built file. */
export async function withSourceMaps(capture: Capture, raw: RawAnswer | null): Promise<Capture> {
  if (!raw) return capture;
  const mapped = new Map<string, SourcePlace>();
  const places = raw.components
    .slice(0, 8)
    .flatMap(({ source, usedAt }) => [source, usedAt])
    .filter(
      place =>
        place !== undefined &&
        place.by === 'stack' &&
        /^https?:/.test(place.file) &&
        place.line !== undefined,
    ) as RawPlace[];
  if (places.length === 0) return capture;
  const frames = places.map(({ file, line, column }) => ({
    fileName: file,
    lineNumber: line ?? 1,
    columnNumber: column ?? 0,
  }));
  const signal = AbortSignal.timeout(patienceMs);
  const found = await symbolicateStack(frames, true, ownOriginOnly, { signal, timeoutMs: patienceMs }).catch(
    () => [],
  );
  for (const [i, frame] of found.entries()) {
    const place = places[i];
    if (!place || !frame.fileName || !frame.isSymbolicated) continue;
    mapped.set(keyOf(place), {
      file: fileOf(frame.fileName).replace(/^\/(?!(home|Users|root|opt|var|srv|mnt|tmp)\/)/, ''),
      line: frame.lineNumber,
      column: frame.columnNumber,
      by: 'map',
    });
  }
  const better = (place: RawPlace | undefined) => place && mapped.get(keyOf(place));
  const components = capture.components.map((component, i) => {
    const given = raw.components[i];
    if (!given) return component;
    return {
      ...component,
      source: better(given.source) ?? component.source,
      usedAt: better(given.usedAt) ?? component.usedAt,
    };
  });
  return { ...capture, components };
}

const keyOf = ({ file, line, column }: RawPlace) => `${file}:${line}:${column}`;

/** A page may name any address as its source: only its own origin is asked. */
const ownOriginOnly = (url: string, init?: RequestInit): Promise<Response> => {
  if (new URL(url, location.href).origin !== location.origin)
    return Promise.reject(new Error('another origin'));
  return fetch(url, { ...init, credentials: 'same-origin' });
};
