import { z } from 'zod';

const url = z.url({ protocol: /^https?$/ });
const key = () => z.string().min(1).optional();
const modelName = z.string().regex(/^[^\s,]+$/, 'one name of a model');

/** The variables of the environment about models and who makes them. */
export const modelSettings = {
  OPENAI_API_KEY: z.string().optional().describe('Key of OpenAI; without any model the rehearsal plays'),
  OPENAI_BASE_URL: url.optional().describe('Any server that speaks the OpenAI API'),
  OPENAI_COMPATIBLE_BASE_URL: url
    .optional()
    .describe('Server of models named `openai-compatible/…`; OPENAI_BASE_URL where absent'),
  OPENAI_COMPATIBLE_API_KEY: key().describe('Its key, if it wants one'),
  ANTHROPIC_API_KEY: key().describe('Key of models named `anthropic/…`'),
  ANTHROPIC_BASE_URL: url.optional().describe('Server that speaks its API; its own where absent'),
  GOOGLE_GENERATIVE_AI_API_KEY: key().describe('Key of models named `google/…`'),
  GOOGLE_GENERATIVE_AI_BASE_URL: url.optional().describe('Server that speaks its API; its own where absent'),
  AZURE_API_KEY: key().describe('Key of models named `azure/…`, after the deployment'),
  AZURE_RESOURCE_NAME: z.string().optional().describe('Resource of Azure OpenAI'),
  AZURE_BASE_URL: url.optional().describe('Instead of the resource: address of a gateway'),
  AWS_REGION: z.string().optional().describe('Region of models named `bedrock/…`'),
  AWS_BEARER_TOKEN_BEDROCK: key().describe('Key of Bedrock'),
  AWS_ACCESS_KEY_ID: key().describe('Instead of that key, with AWS_SECRET_ACCESS_KEY'),
  AWS_SECRET_ACCESS_KEY: key().describe('Of that id'),
  AWS_SESSION_TOKEN: key().describe('Of credentials that pass'),
  DECKHAND_MODEL: modelName
    .default('gpt-5.2')
    .describe('Model that does the work: `provider/name`; a plain name is of OpenAI'),
  DECKHAND_MODELS: z
    .string()
    .regex(/^[^\s,]+(\s*,\s*[^\s,]+)*$/, 'names of models, with commas between them')
    .optional()
    .describe('Other models that people may choose for a session or a prompt, with commas'),
  DECKHAND_FAST_MODEL: modelName
    .optional()
    .describe(
      'Model that says which repository a message is about (without one names, links and hints do) and sums up long sessions',
    ),
  DECKHAND_REASONING_SUMMARIES: z
    .enum(['0', '1', 'true', 'false'])
    .transform(value => value === '1' || value === 'true')
    .default(false)
    .describe(
      'Ask OpenAI, Azure and Google for summaries of reasoning; OpenAI gives them to verified organisations',
    ),
  DECKHAND_MODEL_API: z
    .enum(['responses', 'chat'])
    .optional()
    .describe(
      'API that models of OpenAI and Azure speak: `responses` or `chat`; where absent `responses`, at other addresses `chat`',
    ),
};
