import type { CaptureNode } from '@deckhand/shared/capture';
import { computeAccessibleName, getRole } from 'dom-accessibility-api';
import { privateAround, privateKind } from '../redact/fields.ts';
import { type Redactor, removed } from '../redact/redactor.ts';
import { attributesOf } from './attributes.ts';
import { frameDocument, rectOf } from './deep.ts';
import { leaves, ownText } from './shape.ts';
import { hiddenReason, stylesOf } from './styles.ts';
import { usualOf } from './usual.ts';

export type Describing = { redactor: Redactor; selector: string };

const textMaxChars = 600;
/** Roles that say nothing. */
const plainRoles = new Set(['generic', 'presentation', 'none', 'paragraph', 'text', 'strong', 'emphasis']);
/** Roles and tags that are called by a name; working it out for all others would cost. */
const namedRoles =
  /^(button|link|textbox|searchbox|combobox|listbox|option|checkbox|radio|switch|slider|spinbutton|tab|menuitem\w*|heading|img|form|dialog|alertdialog|region|navigation|table|figure|group|treeitem|progressbar|meter)$/;

/** All that is said of one element, without its children. Null where it is private as a whole. */
export function describe(element: Element, id: number, { redactor, selector }: Describing): CaptureNode {
  const tag = element.localName;
  const kind = privateKind(element, selector);
  const { x, y, width, height } = rectOf(element);
  const box: CaptureNode['box'] = [x, y, width, height].map(side => Math.round(side * 10) / 10) as [
    number,
    number,
    number,
    number,
  ];
  if (kind) {
    redactor.took(kind);
    return { id, tag, box, opaque: removed(kind) };
  }
  const style = getComputedStyle(element);
  const parent = element.parentElement;
  const hidden = hiddenReason(element, style, { width, height });
  const role = getRole(element);
  const said = role && !plainRoles.has(role) ? role : undefined;
  const name = said && namedRoles.test(said) ? nameOf(element, { redactor, selector }) : '';
  const text = redactor.text(ownText(element)).slice(0, textMaxChars);
  const framed = tag === 'iframe' || tag === 'frame' ? frameDocument(element) : null;
  return {
    id,
    tag,
    role: said,
    name: name || undefined,
    text: text || undefined,
    attrs: attributesOf(element, redactor),
    box,
    hidden: hidden ?? undefined,
    style: stylesOf(style, parent ? getComputedStyle(parent) : null, usualOf(tag)),
    opaque:
      (tag === 'iframe' || tag === 'frame') && !framed
        ? 'frame of another origin'
        : leaves.has(tag) && tag !== 'select' && tag !== 'img'
          ? 'not looked into'
          : undefined,
  };
}

/** By the rules for assistive technology. A name may be made of words elsewhere: of a private part it is not. */
function nameOf(element: Element, { redactor, selector }: Describing): string {
  const labelled = (element.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean);
  const root = element.getRootNode() as Document | ShadowRoot;
  const from = labelled.map(id => root.getElementById(id)).filter(one => one !== null);
  const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])] : [];
  for (const source of [...from, ...labels])
    if (source.querySelector(selector) || privateAround(source, selector))
      return removed('part marked private');
  if (element.querySelector(`${selector},input,textarea,select`)) return '';
  return redactor.text(computeAccessibleName(element).replaceAll(/\s+/g, ' ').trim()).slice(0, 200);
}
