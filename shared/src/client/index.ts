export { type Client, type ClientOptions, createClient, newRequestId } from './client.ts';
export { egressPath, type StatsTable, statsCsvPath } from './download.ts';
export type { Follow, FollowHandlers, FollowStart, FollowStatus } from './follow.ts';
export { type FollowedPiece, followEvents } from './followEvents.ts';
export type { HttpClient, Token } from './http.ts';
export type { Outbox, OutboxEntry, OutboxStorage } from './outbox.ts';
export { type ClientFailure, type ClientResult, type LocalFailure, localFailure } from './result.ts';
export type { OpenTerminal, TerminalHandlers } from './terminal.ts';
