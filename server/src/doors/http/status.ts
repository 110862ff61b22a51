import { Router } from 'express';
import type { Metrics } from '../../platform/metrics.ts';

/** For what watches over this server: whether it lives, whether it may be asked, its numbers. */
export function statusRouter({ isReady, metrics }: { isReady: () => boolean; metrics: Metrics }): Router {
  const router = Router();
  router.get('/healthz', (_, response) => void response.json({ ok: true }));
  router.get('/readyz', (_, response) => {
    const ok = isReady();
    response.status(ok ? 200 : 503).json({ ok });
  });
  router.get('/metrics', async (_, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return router;
}
