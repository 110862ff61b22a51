export { type Delivery, signed, signingSecret } from './deliver.ts';
export { elementsOf } from './people.ts';
export {
  allScopes,
  appToken,
  botToken,
  configToken,
  type EmulatedSlack,
  type SlackCall,
  startSlack,
} from './slack.ts';
export { botUser, type SlackChannel, type SlackMessage, type SlackUser, team } from './workspace.ts';
