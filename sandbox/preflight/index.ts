export { canInstall, install as installPackages } from './apt.ts';
export { clientFor, type Engine, type EngineOptions, ensureEngine } from './engine.ts';
export { type BaseImage, type BaseImageOptions, ensureBaseImage } from './image.ts';
export { withLock } from './lock.ts';
export { overlayDockerfile } from './overlay.ts';
export type { Say } from './say.ts';
