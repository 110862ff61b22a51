/** A change's address comes from a repository host: only web addresses and our own pages become links. */
export const safeUrl = (url: string) => (/^(https?:\/\/|\/(?!\/))/.test(url) ? url : undefined);
