export * from './codec.ts';
export * from './limits.ts';
export * from './methods.ts';
export * from './outcome.ts';
export * from './terminal.ts';
export * from './tools.ts';
export * from './wire.ts';
