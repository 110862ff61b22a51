import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import tar from 'tar-stream';
import { isEngineDown } from '../errors.ts';

/**
 * The same image without the volumes that it declares: each would be one more disk of a container, without a limit. The
 * engine has no way to take a declaration back, so it is given the image's description anew, which names layers that it
 * has already.
 */
export async function withoutVolumes(
  docker: Docker,
  image: Docker.ImageInspectInfo,
  labels: Record<string, string>,
): Promise<Result<{ id: string }>> {
  const { Volumes, ...config } = image.Config as Docker.ImageInspectInfo['Config'] & { Volumes?: object };
  if (!Volumes || Object.keys(Volumes).length === 0) return { ok: true, id: image.Id };
  const layers = image.RootFS.Layers ?? [];
  const about = {
    architecture: image.Architecture,
    os: image.Os,
    created: image.Created,
    config: { ...config, Labels: { ...config.Labels, ...labels } },
    rootfs: { type: 'layers', diff_ids: layers },
    history: layers.map(() => ({ created: image.Created, created_by: 'deckhand' })),
  };
  const pack = tar.pack();
  pack.entry({ name: 'config.json' }, JSON.stringify(about));
  const manifest = [
    { Config: 'config.json', RepoTags: null, Layers: layers.map((_, n) => `${n}/layer.tar`) },
  ];
  pack.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  pack.finalize();
  let said = '';
  try {
    const answer = await docker.loadImage(Readable.from(pack), { quiet: true });
    answer.on('data', chunk => {
      said += chunk;
    });
    await finished(answer);
  } catch (error) {
    if (isEngineDown(error)) throw error;
    said += Error.isError(error) ? error.message : String(error);
  }
  const [id] = /sha256:[0-9a-f]{64}/.exec(said) ?? [];
  if (id) return { ok: true, id };
  return failure(
    'bad_request',
    `The image declares volumes (${Object.keys(Volumes).join(', ')}), which this engine cannot take out of it: ${said.trim().slice(0, 200)}`,
  );
}
