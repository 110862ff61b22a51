export * from './capture.ts';
export * from './prompt.ts';
export { type CountTokens, type Rendered, renderCapture } from './render.ts';
export * from './screenshot.ts';
