import { Router } from 'express';
import { environmentSchema } from '../../sandboxes/environments/environmentFile.ts';

/** Schemas of files that people write, for their editors: no secret is in them, so anyone may ask. */
export function schemaRouter(): Router {
  const router = Router();
  const environment = environmentSchema();
  router.get('/schemas/environment.json', (_, response) => {
    response.set('Cache-Control', 'no-cache').type('application/schema+json').json(environment);
  });
  return router;
}
