import {
  type Fiber,
  getDisplayName,
  getFiberFromHostInstance,
  getLatestFiber,
  isCompositeFiber,
  isHostFiber,
} from 'bippy';
import { getRawSource, hasDebugStack } from 'bippy/source';
import { type Bounds, defaultBounds, summariseAll } from './summarise.ts';
import type { RawAnswer, RawComponent, RawPlace } from './wire.ts';

const componentsMax = 24;
const statesMax = 12;

/** Fibers of React 16 lack fields by which bippy knows one. */
function fiberAt(element: Element): Fiber | null {
  const known = getFiberFromHostInstance(element);
  if (known) return known;
  const key = Object.keys(element).find(name => name.startsWith('__reactInternalInstance$'));
  return key ? ((element as unknown as Record<string, Fiber>)[key] ?? null) : null;
}

/** The fiber of an element, or of the nearest one around it that a component drew. */
function fiberOf(element: Element): Fiber | null {
  for (let at: Element | null = element; at; ) {
    const fiber = fiberAt(at);
    if (fiber) return getLatestFiber(fiber);
    const root: Node = at.getRootNode();
    at = at.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
  return null;
}

const nameOf = (fiber: Fiber): string | null => {
  const name = getDisplayName(fiber.type) ?? getDisplayName(fiber.elementType);
  return name && name !== 'Unknown' ? name.slice(0, 200) : null;
};

/** Whose render made this element: the development build says so, otherwise the nearest component around it. */
function ownerOf(fiber: Fiber): Fiber | null {
  const owner = fiber._debugOwner;
  if (owner && typeof owner === 'object' && 'return' in owner && isCompositeFiber(owner))
    return owner as Fiber;
  for (let at = fiber.return; at; at = at.return) if (isCompositeFiber(at) && nameOf(at)) return at;
  return null;
}

function placeOf(fiber: Fiber): RawPlace | undefined {
  const found = getRawSource(fiber);
  if (!found?.fileName) return undefined;
  const { fileName, lineNumber, columnNumber } = found;
  const by = fiber._debugSource || !hasDebugStack(fiber) ? 'debug' : 'stack';
  return { file: fileName, line: lineNumber || undefined, column: columnNumber, by };
}

/** The component that drew an element, by name alone. */
export function componentNameOf(element: Element): string | null {
  const fiber = fiberAt(element);
  const owner = fiber && ownerOf(fiber);
  return owner ? nameOf(owner) : null;
}

export function reactOf(element: Element, fields: boolean, bounds: Bounds = defaultBounds): RawAnswer | null {
  const host = fiberOf(element);
  if (!host) return null;
  const components: RawComponent[] = [];
  // An element's own place is in its owner's code.
  let source = isHostFiber(host) ? placeOf(host) : undefined;
  for (let at = ownerOf(host); at && components.length < componentsMax; at = ownerOf(at)) {
    const usedAt = placeOf(at);
    components.push({
      name: nameOf(at) ?? 'Anonymous',
      source,
      usedAt,
      key: at.key ?? undefined,
      props: fields ? summariseAll(at.memoizedProps, bounds) : undefined,
      state: fields ? stateOf(at, bounds) : undefined,
    });
    source = usedAt;
  }
  return { framework: 'react', version: versionOf(), build: buildOf(host), components };
}

const buildOf = (fiber: Fiber) =>
  '_debugOwner' in fiber || '_debugHookTypes' in fiber ? 'development' : 'production';

/** React tells its version only to a DevTools hook that was there before it. */
function versionOf(): string | undefined {
  const { renderers } = (globalThis as { __REACT_DEVTOOLS_GLOBAL_HOOK__?: { renderers?: unknown } })
    .__REACT_DEVTOOLS_GLOBAL_HOOK__ ?? { renderers: undefined };
  if (!(renderers instanceof Map)) return undefined;
  const [first] = renderers.values() as Iterable<{ version?: unknown }>;
  return typeof first?.version === 'string' ? first.version : undefined;
}

/** A class keeps one object, a function a list of hooks of which those with a queue hold state. */
function stateOf(fiber: Fiber, bounds: Bounds): Record<string, string> | undefined {
  const held = fiber.memoizedState as unknown;
  if (held === null || typeof held !== 'object') return undefined;
  if (!('next' in held)) return summariseAll(held, bounds);
  const states: Record<string, unknown> = {};
  type Hook = { memoizedState: unknown; queue: unknown; next: Hook | null };
  let at: Hook | null = held as unknown as Hook;
  for (let n = 0; at && n < 100 && Object.keys(states).length < statesMax; at = at.next, n++)
    if (at.queue) states[`state${Object.keys(states).length + 1}`] = at.memoizedState;
  return Object.keys(states).length > 0 ? summariseAll(states, bounds) : undefined;
}
