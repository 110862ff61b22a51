export { clientFor, type Engine, type EngineOptions, ensureEngine } from './engine.ts';
export { type BaseImage, type BaseImageOptions, ensureBaseImage } from './image.ts';
export type { Say } from './say.ts';
