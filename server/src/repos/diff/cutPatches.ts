const lineEnd = 10;
const mark = Buffer.from('\ndiff --git ');
/** Of what is too large nobody counts further. */
const mostReadBytes = 64 * 1024 * 1024;

export type Bounds = { eachBytes: number; allBytes: number };
/** The lines of one file, or how many bytes they had; null where nobody counted that far. */
export type Patch = { text: string } | { leftOutBytes: number | null };

/**
 * A diff as git prints it, file by file, of which no more is kept than the bounds allow. Only the first line of a file
 * can begin with `diff --git`: lines of content begin with a sign, and names with a line end are quoted.
 */
export async function cutPatches(output: AsyncIterable<Buffer>, bounds: Bounds): Promise<Patch[]> {
  const patches: Patch[] = [];
  let kept = 0;
  let read = 0;
  let bytes = 0;
  let pieces: Buffer[] | null = [];
  const take = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > bounds.eachBytes || kept + bytes > bounds.allBytes) pieces = null;
    else pieces?.push(piece);
  };
  const end = (whole: boolean) => {
    if (bytes === 0) return;
    if (pieces) kept += bytes;
    patches.push(
      pieces ? { text: Buffer.concat(pieces).toString('utf8') } : { leftOutBytes: whole ? bytes : null },
    );
    bytes = 0;
    pieces = [];
  };
  // What may be the beginning of a mark that goes on in the next chunk.
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of output) {
    read += chunk.length;
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let at = data.indexOf(mark); at >= 0; at = data.indexOf(mark, from)) {
      take(data.subarray(from, at + 1));
      end(true);
      from = at + 1;
    }
    const open = data.lastIndexOf(lineEnd);
    const keepFrom = open >= from && data.length - open < mark.length ? open : data.length;
    take(data.subarray(from, keepFrom));
    rest = Buffer.from(data.subarray(keepFrom));
    if (read > mostReadBytes) {
      take(rest);
      end(false);
      return patches;
    }
  }
  take(rest);
  end(true);
  return patches;
}
