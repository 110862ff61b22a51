import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Hello, protocolVersion, type RefusalCode } from '../protocol/wire.ts';
import { fencePath } from './places.ts';

export type Refusal = { code: RefusalCode; message: string };
export type Guest = { dismiss: (refusal: Refusal) => void };

/**
 * Who may speak. The highest fence ever seen counts, also after a restart; of equals the newest connection. So at most
 * one connection is in, and it is the one whose worker owns the session. Visitors come and go beside it.
 */
export function gate(sandboxId: string) {
  let fence = readFence();
  let inside: Guest | undefined;

  return {
    admit: (hello: Hello, guest: Guest): Refusal | undefined => {
      if (hello.protocol !== protocolVersion) {
        return {
          code: 'protocol',
          message: `this sandbox speaks protocol ${protocolVersion}, not ${hello.protocol}`,
        };
      }
      if (hello.sandboxId !== sandboxId)
        return { code: 'sandbox', message: `this is ${sandboxId}, not ${hello.sandboxId}` };
      if (hello.visitor) return undefined;
      if (hello.fence < fence)
        return { code: 'fence', message: `fence ${hello.fence} is over, ${fence} was seen` };
      if (hello.fence > fence) {
        fence = hello.fence;
        writeFileSync(`${fencePath}.new`, String(fence));
        renameSync(`${fencePath}.new`, fencePath);
      }
      if (inside !== guest) inside?.dismiss({ code: 'superseded', message: 'a newer connection took over' });
      inside = guest;
      return undefined;
    },
    leave: (guest: Guest) => {
      if (inside === guest) inside = undefined;
    },
  };
}

export type Gate = ReturnType<typeof gate>;

function readFence(): number {
  try {
    return Number(readFileSync(fencePath, 'utf8'));
  } catch {
    return 0;
  }
}
