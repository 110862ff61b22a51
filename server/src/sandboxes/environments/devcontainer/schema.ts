import { z } from 'zod';
import { PortNumber } from '../names.ts';

const line = z.union([z.string(), z.array(z.string())], { error: 'a string, or an array of strings' });
/** A string for a shell, an array for none, or several of them under names. */
const Lifecycle = z.union([line, z.record(z.string(), line)], {
  error: 'a string, an array of strings, or an object of these',
});
export type Lifecycle = z.infer<typeof Lifecycle>;
const variables = z.record(z.string(), z.union([z.string(), z.null()], { error: 'a string' }));

export const Devcontainer = z.looseObject({
  image: z.string().optional(),
  build: z
    .looseObject({
      dockerfile: z.string().optional(),
      dockerFile: z.string().optional(),
      context: z.string().optional(),
      args: z.record(z.string(), z.string()).optional(),
      target: z.string().optional(),
    })
    .optional(),
  dockerFile: z.string().optional(),
  context: z.string().optional(),
  dockerComposeFile: z.union([z.string(), z.array(z.string())]).optional(),
  service: z.string().optional(),
  workspaceFolder: z.string().optional(),
  features: z.record(z.string(), z.unknown()).optional(),
  onCreateCommand: Lifecycle.optional(),
  updateContentCommand: Lifecycle.optional(),
  postCreateCommand: Lifecycle.optional(),
  postStartCommand: Lifecycle.optional(),
  forwardPorts: z.array(z.union([PortNumber, z.string()], { error: 'a port, or "host:port"' })).optional(),
  portsAttributes: z.record(z.string(), z.looseObject({ label: z.string().optional() })).optional(),
  customizations: z
    .looseObject({
      vscode: z
        .looseObject({ extensions: z.array(z.string()).optional() })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  hostRequirements: z.record(z.string(), z.unknown()).optional().catch(undefined),
  remoteUser: z.string().optional(),
  containerUser: z.string().optional(),
  containerEnv: variables.optional(),
  remoteEnv: variables.optional(),
});
export type Devcontainer = z.infer<typeof Devcontainer>;
