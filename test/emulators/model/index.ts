export { type Asking, type ScriptedModel, startScriptedModel, summaryMarker } from './model.ts';
export * from './script.ts';
