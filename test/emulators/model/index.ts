export { type Asking, type ScriptedModel, startScriptedModel, summaryMarker, titleMarker } from './model.ts';
export * from './script.ts';
