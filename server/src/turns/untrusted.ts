import type { Call } from '../agent/tools/tool.ts';
import { untrustedSource } from '../policy/provenance.ts';
import type { Run } from '../sessions/store/meta.ts';

const most = 5;

/** From here on the turn acts on text that nobody here wrote. Written with what is written next. */
export function noteSource(run: Run, call: Call): void {
  const source = untrustedSource(call);
  if (source) addSource(run, source);
}

export function addSource(run: Run, source: string): void {
  const known = run.untrusted ?? [];
  if (!known.includes(source) && known.length < most) run.untrusted = [...known, source];
}
