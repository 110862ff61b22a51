export * from './commands.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './head.ts';
export * from './ids.ts';
export * from './limits.ts';
export * from './session.ts';
export * from './socket.ts';
