import { z } from 'zod';

// Zod would compile its parsers with `new Function`, which the page's content security policy refuses and reports.
// This module is imported before any schema is made.
z.config({ jitless: true });
