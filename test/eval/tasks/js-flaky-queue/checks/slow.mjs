// Timers that come late, as on a machine with other work.
const real = globalThis.setTimeout;
let state = Number(process.env.SEED ?? 1) * 7919;
const random = () => { state = (state * 1103515245 + 12345) % 2147483648; return state / 2147483648; };
globalThis.setTimeout = (work, ms = 0, ...rest) => real(work, ms + random() * 40, ...rest);
