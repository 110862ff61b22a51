import { failure, type Result } from '@deckhand/shared';
import { type Models, namedModel } from '../agent/models/models.ts';

/** A model that somebody chose, if this server has it. */
export function chosenModel(models: Models, name: string | undefined): Result<{ model?: string }> {
  if (name === undefined) return { ok: true };
  const found = namedModel(models, name);
  if (found) return { ok: true, model: found.name };
  const names = models.all.map(model => model.name).join(', ');
  return failure('bad_request', `There is no model ${name} here. There are: ${names}.`);
}
