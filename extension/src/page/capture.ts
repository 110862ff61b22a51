import {
  type Capture,
  type CaptureComponent,
  captureVersion,
  type PageFacts,
  type SourcePlace,
} from '@deckhand/shared/capture';
import { getRole } from 'dom-accessibility-api';
import { placeAround } from './dom/attributes.ts';
import { frameDocument, parentOf, shadowOf } from './dom/deep.ts';
import { selectorOf } from './dom/selector.ts';
import { defaultTree, type TreeBounds, treeOf } from './dom/tree.ts';
import { askComponents } from './react/ask.ts';
import { fileOf } from './react/places.ts';
import type { RawAnswer, RawComponent, RawPlace } from './react/wire.ts';
import { privateAround, privateSelector } from './redact/fields.ts';
import { knownPrivate } from './redact/known.ts';
import { createRedactor, type Redactor } from './redact/redactor.ts';
import { cleanUrl } from './redact/url.ts';
import { askRecorded } from './watch/ask.ts';

export type CaptureOptions = {
  pickId: string;
  kind: 'element' | 'area';
  box?: [number, number, number, number];
  /** Props and state of components. */
  fields: boolean;
  redactSelectors: readonly string[];
  idOf: (element: Element) => number;
  bounds?: TreeBounds;
};

/** Everything about a picked element, in one go: the page cannot change in between. Nothing private is in it. */
export function capture(
  element: Element,
  options: CaptureOptions,
): { capture: Capture; raw: RawAnswer | null } {
  const { selector, redactor } = privacyOf(options.redactSelectors);
  const hidden = privateAround(element, selector);
  const raw = askComponents(element, options.fields && !hidden);
  const components = (raw?.components ?? []).map(component => cleanComponent(component, redactor));
  withAttributePlace(components, element);
  const node = treeOf(hidden ?? element, {
    redactor,
    selector,
    idOf: options.idOf,
    bounds: options.bounds ?? defaultTree,
    components: raw !== null,
  });
  if (options.box) node.box = options.box;
  const recorded = askRecorded(redactor);
  return {
    raw,
    capture: {
      version: captureVersion,
      pickId: options.pickId,
      kind: options.kind,
      page: pageFacts(redactor),
      framework: raw ? { name: raw.framework, version: raw.version, build: raw.build } : { name: 'none' },
      selector: redactor.text(selectorOf(element)),
      within: surroundings(element, redactor, selector),
      components,
      node,
      ...recorded,
      redacted: redactor.counts(),
      leftOut: [],
    },
  };
}

/** What is private on this page now, and what takes it out. */
export function privacyOf(redactSelectors: readonly string[]): { selector: string; redactor: Redactor } {
  const selector = privateSelector(redactSelectors, document);
  const known = documentsOf(document).flatMap(one => knownPrivate(one, selector));
  return { selector, redactor: createRedactor(known) };
}

/** This one and the frames in it that may be read. */
function documentsOf(top: Document): Document[] {
  const inside = [...top.querySelectorAll('iframe')].map(frameDocument).filter(one => one !== null);
  return [top, ...inside.flatMap(documentsOf)];
}

export function pageFacts(redactor: Redactor): PageFacts {
  const url = cleanUrl(location.href, redactor);
  return {
    url: url.slice(0, 2000),
    route: url.replace(/^[a-z]+:\/\/[^/]*/i, '').slice(0, 2000) || '/',
    title: redactor.text(document.title).slice(0, 200),
    viewport: { width: innerWidth, height: innerHeight, scale: Math.round(devicePixelRatio * 100) / 100 },
  };
}

const cleaned = (pairs: Record<string, string> | undefined, redactor: Redactor) =>
  pairs &&
  Object.fromEntries(
    Object.entries(pairs).map(([name, value]) => [
      redactor.text(name),
      redactor.value(name, value).slice(0, 400),
    ]),
  );

function cleanComponent(given: RawComponent, redactor: Redactor): CaptureComponent {
  const { name, source, usedAt, key, props, state } = given;
  return {
    name: redactor.text(name).slice(0, 200),
    source: source && cleanPlace(source),
    usedAt: usedAt && cleanPlace(usedAt),
    key: key === undefined ? undefined : redactor.text(key).slice(0, 200),
    props: cleaned(props, redactor),
    state: cleaned(state, redactor),
  };
}

export const cleanPlace = ({ file, line, column, by }: RawPlace): SourcePlace => ({
  file: fileOf(file),
  line,
  column,
  by,
});

/** A build plugin's attribute says where the element is written, which a production build says nowhere else. */
function withAttributePlace(components: CaptureComponent[], element: Element): void {
  const place = placeAround(element, parentOf);
  if (!place) return;
  const source: SourcePlace = { ...place, file: fileOf(place.file), by: 'attribute' };
  const [nearest] = components;
  if (!nearest)
    components.push({
      name:
        source.file
          .split('/')
          .at(-1)
          ?.replace(/\.\w+$/, '') ?? source.file,
      source,
    });
  else nearest.source ??= source;
}

const named =
  /^(main|navigation|banner|contentinfo|complementary|form|region|dialog|table|list|row|tabpanel|article|search)$/;

/** The landmarks around it, outermost first. */
function surroundings(element: Element, redactor: Redactor, selector: string): string[] {
  const parts: string[] = [];
  for (let at = parentOf(element); at; at = parentOf(at)) {
    const role = getRole(at);
    const within = at.localName === 'iframe' || shadowOf(at) !== null;
    if (!within && !at.id && !(role && named.test(role))) continue;
    const label = privateAround(at, selector)
      ? null
      : (at.getAttribute('aria-label') ?? (at.id && `#${at.id}`));
    parts.unshift(
      [within ? at.localName : (role ?? at.localName), label && redactor.text(label).slice(0, 60)]
        .filter(Boolean)
        .join(' '),
    );
  }
  return parts.slice(-12);
}
