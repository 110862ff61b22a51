import { readFileSync } from 'node:fs';
import { fetchPage } from './fetch.ts';
import { notebookText } from './notebook.ts';
import { pageText } from './page.ts';
import { pdfText } from './pdf.ts';
import { type Answer, noNotebook } from './protocol.ts';

/**
 * Reads what others made (PDFs, notebooks, web pages) in a process of its own: whoever asks ends it when it takes too
 * long or too much memory. Answers one line of JSON.
 */
async function read([kind = '', what = '']: string[]): Promise<Answer> {
  switch (kind) {
    case 'pdf': {
      const { pages, text } = await pdfText(readFileSync(what));
      return { ok: true, about: `a PDF of ${pages} ${pages === 1 ? 'page' : 'pages'}`, text };
    }
    case 'notebook': {
      const notebook = notebookText(readFileSync(what, 'utf8'));
      if (!notebook) return { ok: false, message: noNotebook };
      return { ok: true, about: `a notebook of ${notebook.cells} cells`, text: notebook.text };
    }
    case 'fetch': {
      const page = await fetchPage(what, { proxy: process.env.HTTPS_PROXY });
      if (!page.ok) return page;
      const { url, status, title, text, notes } = page;
      return { ok: true, about: notes.join('; '), text, page: { url, status, title } };
    }
    // The image's build loads all of this once, for the compile cache.
    case '--compile-only':
      await pdfText(new Uint8Array()).catch(() => {});
      return { ok: true, about: '', text: pageText('<p>').text };
    default:
      return { ok: false, message: `nothing is known of ${kind}` };
  }
}

const answer = await read(process.argv.slice(2)).catch(
  (error: unknown): Answer => ({
    ok: false,
    message: `cannot be read: ${(Error.isError(error) ? error.message : String(error)).slice(0, 500)}`,
  }),
);
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
