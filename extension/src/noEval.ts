import { z } from 'zod';

// Compiled parsers would need `new Function`, which the extension's policy refuses. Imported before any schema is made.
z.config({ jitless: true });
