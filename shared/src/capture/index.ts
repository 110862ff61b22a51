export * from './capture.ts';
export * from './prompt.ts';
export { type CloseLook, type CountTokens, type Rendered, renderCapture, renderCloseLook } from './render.ts';
export * from './screenshot.ts';
