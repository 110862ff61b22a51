/**
 * Runs `work` for each item, at most `limit` at once. Resolves with the answers, in the items' order. After a failure
 * nothing more is started; it rejects with the first once all that runs is over.
 */
export async function mapLimit(items, limit, work) {
  if (!(limit >= 1)) throw new RangeError('at least one at once');
  const answers = new Array(items.length);
  let next = 0;
  let failure = null;
  const worker = async () => {
    while (failure === null && next < items.length) {
      const index = next++;
      try {
        answers[index] = await work(items[index], index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failure !== null) throw failure.error;
  return answers;
}
