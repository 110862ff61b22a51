/** What an administrator may set, once: schema, policy files and docs are made from this. */
export type Setting = {
  name: string;
  title: string;
  description: string;
  /** What the policy files say until an administrator changes it. */
  initial: unknown;
} & (
  | { type: 'string' }
  | { type: 'boolean' }
  | { type: 'integer'; minimum: number; maximum: number }
  | { type: 'list' }
);

export const settings: readonly Setting[] = [
  {
    name: 'serverUrl',
    title: 'Address of the Deckhand server',
    description:
      'Where the server is, e.g. https://deckhand.acme.example. People cannot change it where it is set.',
    type: 'string',
    initial: '',
  },
  {
    name: 'allowedHosts',
    title: 'Hosts whose pages may be picked from',
    description: 'Host names; *.acme.example covers every name under it. Every page where the list is empty.',
    type: 'list',
    initial: [],
  },
  {
    name: 'captureProps',
    title: 'Props and state of components are captured',
    description: 'Names and source places of components are captured in any case.',
    type: 'boolean',
    initial: true,
  },
  {
    name: 'captureScreenshots',
    title: 'Screenshots may be taken',
    description:
      'Screenshots are taken of parts of a page that people choose, with private parts painted over.',
    type: 'boolean',
    initial: true,
  },
  {
    name: 'captureConsole',
    title: 'Console errors and failed requests may be captured',
    description: 'Still asked for, site by site.',
    type: 'boolean',
    initial: true,
  },
  {
    name: 'redactSelectors',
    title: 'Parts of pages that are never captured',
    description: 'CSS selectors, besides password fields, card numbers, one-time codes and data-private.',
    type: 'list',
    initial: [],
  },
  {
    name: 'captureTokens',
    title: 'Tokens of one capture at most',
    description: 'What a model reads of one picked element.',
    type: 'integer',
    minimum: 200,
    maximum: 16_000,
    initial: 2000,
  },
  {
    name: 'telemetry',
    title: 'Errors of the sidebar are reported',
    description:
      'To your own Deckhand server and its log: message and place in the sidebar’s own code, secrets taken out, nothing of pages or prompts.',
    type: 'boolean',
    initial: false,
  },
];

function propertyOf(setting: Setting): Record<string, unknown> {
  const { title, description } = setting;
  switch (setting.type) {
    case 'list':
      return { title, description, type: 'array', items: { type: 'string' } };
    case 'integer':
      return { title, description, type: 'integer', minimum: setting.minimum, maximum: setting.maximum };
    default:
      return { title, description, type: setting.type };
  }
}

/** In the dialect of JSON schema that `chrome.storage.managed` takes. */
export const managedSchema = () => ({
  $schema: 'http://json-schema.org/draft-03/schema#',
  type: 'object',
  properties: Object.fromEntries(settings.map(setting => [setting.name, propertyOf(setting)])),
});
