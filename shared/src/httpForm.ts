/** How a command is asked for over HTTP, under `/api`. */
export type Http = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  status: number;
  /** How long a client waits, where that is longer than for most. */
  timeoutMs?: number;
};

export const http = (method: Http['method'], path: string, status = 200): Http => ({ method, path, status });
