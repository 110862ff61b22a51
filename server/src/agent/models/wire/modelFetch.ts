import { ModelFailure, type ModelSettings, toModelFailure } from '../../modelError.ts';
import { answerStream } from './answerStream.ts';
import { seeRequest } from './leavingRequest.ts';
import { Liveness, type ModelTimeouts } from './liveness.ts';
import { patientFetch } from './patientFetch.ts';
import { errorIn } from './streamErrors.ts';

export type Wire = {
  timeouts: ModelTimeouts;
  settings: ModelSettings;
  /** How requests leave; the process's own where absent. */
  fetch?: typeof fetch | undefined;
};

/** Of a refusal, more than any person reads. */
const refusalMaxBytes = 64 * 1024;

/**
 * The way of every provider to its server. What comes back is watched for signs of life, its errors are told in our
 * words, and chunks that bend the API are straightened before the provider's strict eye sees them.
 */
export function modelFetch({ timeouts, settings, fetch: send = patientFetch }: Wire): typeof fetch {
  return async (input, init) => {
    const instead = seeRequest(input, init);
    if (instead) return instead;
    const liveness = new Liveness(timeouts);
    const signals = [liveness.signal, ...(init?.signal ? [init.signal] : [])];
    try {
      const response = await send(input, { ...init, signal: AbortSignal.any(signals) });
      const type = response.headers.get('content-type') ?? '';
      if (!response.ok || !response.body || /json/.test(type)) {
        const text = await startOf(response);
        liveness.end();
        const failed = response.ok ? errorIn(parsed(text)) : undefined;
        if (failed !== undefined) throw toModelFailure(failed, settings);
        return new Response(text, response);
      }
      if (/text\/html/.test(type)) throw await aPage(response, settings);
      const body = answerStream(response.body, {
        liveness,
        settings,
        binary: /amazon\.eventstream/.test(type),
      });
      return new Response(body, response);
    } catch (error) {
      liveness.end();
      throw error;
    }
  };
}

async function aPage(response: Response, { address }: ModelSettings): Promise<ModelFailure> {
  await response.body?.cancel();
  const where = address ? ` Check ${address}.` : '';
  const message = `A web page came instead of the model's answer: something stands between, or the address is not the API's.${where}`;
  return new ModelFailure('model_unavailable', message, { retry: false });
}

async function startOf({ body }: Response): Promise<string> {
  if (!body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > refusalMaxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, refusalMaxBytes).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
