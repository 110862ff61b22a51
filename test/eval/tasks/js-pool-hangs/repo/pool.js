/** Runs `work` for each item, at most `limit` at once. Resolves with the answers, in the items' order. */
export function mapLimit(items, limit, work) {
  return new Promise((resolve, reject) => {
    const answers = [];
    let next = 0;
    let running = 0;
    const start = () => {
      while (running < limit && next < items.length) {
        const index = next++;
        running++;
        work(items[index], index)
          .then(answer => {
            answers[index] = answer;
            running--;
            if (next === items.length && running === 0) resolve(answers);
            else start();
          })
          .catch(reject);
      }
    };
    start();
  });
}
