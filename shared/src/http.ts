export type Http = { method: 'GET' | 'POST' | 'PATCH' | 'DELETE'; path: string; status: number };

/** The HTTP form of a command: path parameters, query and body together are its input. */
export const http = (method: Http['method'], path: string, status = 200): Http => ({ method, path, status });
