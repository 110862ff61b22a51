import { ensureWebBuilt } from '../web/build.ts';

/** `npm run build`: the page, as a start would build it. */
await ensureWebBuilt({ say: text => process.stderr.write(`${text}\n`) });
