export { type Asking, type ScriptedModel, startScriptedModel } from './model.ts';
export * from './script.ts';
