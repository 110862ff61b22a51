export { type BuiltExtension, ensureExtensionBuilt } from './build.ts';
export { extensionIdOf, keptKey } from './key.ts';
export { type PackedExtension, packExtension } from './pack.ts';
