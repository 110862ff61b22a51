import type { Check } from '../../repos/github/checks.ts';
import type { Pull } from '../../repos/github/pulls.ts';
import type { Remark } from '../../repos/github/reviews.ts';

/** What GitHub says of a change, all of it read at once. */
export type Told = { pull: Pull; remarks: Remark[]; checks: Check[] };
