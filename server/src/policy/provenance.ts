import type { AskedCall } from './deedOf.ts';

/** Whether the result of a call is text that nobody here wrote, and how people call where it is from. */
export function untrustedSource({ tool, input }: AskedCall): string | null {
  switch (tool) {
    case 'fetch': {
      const { url } = (input ?? {}) as { url?: unknown };
      return typeof url === 'string' && URL.canParse(url) ? `a page of ${new URL(url).host}` : 'a page';
    }
    case 'page_expand':
      return 'a picked page';
    case 'read_reviews':
      return 'comments on the change';
    case 'read_checks':
      return 'output of checks';
    default:
      return null;
  }
}
