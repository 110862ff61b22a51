import { getDocumentProxy } from 'unpdf';

/** What nobody reads to its end is not worked out to its end. */
const mostPages = 500;
const mostChars = 4 * 1024 * 1024;

export type PdfText = {
  pages: number;
  text: string /** Pages of which `text` has anything. */;
  read: number;
};

/** The text of a PDF, page by page, each under its number. Rejects with an Error that says what is wrong with it. */
export async function pdfText(bytes: Uint8Array): Promise<PdfText> {
  const document = await getDocumentProxy(new Uint8Array(bytes), {
    // No fonts, pictures or scripts: only text is wanted, and nothing is to be fetched.
    disableFontFace: true,
    useSystemFonts: false,
    stopAtErrors: false,
    verbosity: 0,
  });
  const parts: string[] = [];
  let chars = 0;
  let read = 0;
  const last = Math.min(document.numPages, mostPages);
  for (let number = 1; number <= last && chars < mostChars; number++) {
    const text = await pageText(document, number);
    parts.push(`--- page ${number} ---\n${text}`);
    chars += text.length;
    if (text !== '') read = number;
  }
  const left = document.numPages - parts.length;
  if (left > 0) parts.push(`--- ${left} more pages are not shown ---`);
  return { pages: document.numPages, text: read > 0 ? parts.join('\n') : '', read };
}

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

async function pageText(document: Document, number: number): Promise<string> {
  const page = await document.getPage(number);
  const { items } = await page.getTextContent();
  const words = items.map(item => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''));
  page.cleanup();
  return words
    .join('')
    .replaceAll(/(?<![ \t])[ \t]+$/gm, '')
    .trim();
}
