/** As many as GitHub gives at once. */
export const perPage = 100;
/** What is more than a thousand waits for the next look, or is nobody's to read. */
const mostPages = 10;

/** Follows pages until one is not full. */
export async function pages<T>(read: (page: number) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const found = await read(page);
    all.push(...found);
    if (found.length < perPage) break;
  }
  return all;
}
