import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { statusOf, unlessGone } from './errors.ts';
import { label, ourLabels, type Role } from './labels.ts';

export type Helper = { name: string; deployment: string; role: Role; options: Docker.ContainerCreateOptions };

const attempts = 5;

/**
 * A long-lived container of ours, the same for every server of a deployment: left alone where it runs as wanted, replaced
 * where it was made otherwise. Outlives servers and, by its restart policy, the engine's daemon.
 */
export async function ensureHelper(docker: Docker, helper: Helper): Promise<Docker.Container> {
  const { name, deployment, role, options } = helper;
  const fingerprint = createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 16);
  const container = docker.getContainer(name);
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await unlessGone(container.inspect());
      if (found?.Config.Labels[label.fingerprint] === fingerprint) {
        if (!found.State.Running) await container.start();
        return container;
      }
      if (found) await unlessGone(container.remove({ force: true }));
      const Labels = { ...ourLabels(deployment, role), [label.fingerprint]: fingerprint };
      await docker.createContainer({ ...options, name, Labels });
      await container.start();
      return container;
    } catch (error) {
      // Another server made, started or replaced it in the same moment: look again.
      const status = statusOf(error);
      if ((status !== 409 && status !== 404 && status !== 304) || attempt === attempts) throw error;
    }
  }
}
