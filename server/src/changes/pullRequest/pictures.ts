import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pictureUrl, storePictures } from '../../repos/github/pictures.ts';
import type { Pull } from '../../repos/github/pulls.ts';
import { artifactKey } from '../../sandboxes/keptOutput.ts';
import type { Change } from '../../sessions/changeRecords.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { ChangesDeps } from '../deps.ts';
import { changed } from '../record.ts';
import { editPull } from './edit.ts';
import { hostOf } from './place.ts';
import { withPictures } from './words.ts';

/** So many elements; the newest ones. */
const mostPairs = 6;

type Pair = { name: string; before: string; after: string };

/** Elements of which there is a picture before the change and one after it. */
function pairsOf({ screenshots = {} }: Change): Pair[] {
  return Object.keys(screenshots)
    .flatMap(key => {
      const name = /^before-(.+)$/.exec(key)?.[1];
      const [before, after] = [screenshots[`before-${name}`], screenshots[`after-${name}`]];
      return name && before && after ? [{ name, before, after }] : [];
    })
    .slice(-mostPairs);
}

/**
 * Puts what a change looks like, before and after, into its pull request's body, once for the same pictures. Not where
 * everybody can read the repository: they show an app of the company from inside.
 */
export async function showPictures(
  deps: ChangesDeps,
  meta: Meta,
  { change, pull }: { change: Change; pull: Pull },
): Promise<void> {
  const pairs = pairsOf(change);
  const host = hostOf(deps, meta.repo);
  if (!host || pairs.length === 0 || pull.isPublic) return;
  const key = createHash('sha256').update(JSON.stringify(pairs)).digest('hex').slice(0, 16);
  if (change.pictures?.key === key) return;
  const { app, place } = host;
  // The next look tries again.
  const wait = (reason: string) => deps.log.warn({ reason, sessionId: meta.id }, 'pictures of a change wait');
  const files = await Promise.all(
    pairs.flatMap(({ name, before, after }) => [
      pictureOf(deps, `before-${name}.png`, before),
      pictureOf(deps, `after-${name}.png`, after),
    ]),
  );
  const pictures = files.filter(file => file !== null);
  if (pictures.length < files.length) return;
  const ref = `deckhand/pictures/${change.changeId}`;
  const stored = await app.asApp(place, { contents: 'write' }, octokit =>
    storePictures(octokit, place, { ref, pictures }),
  );
  if (!stored.ok) return wait(stored.message);
  const url = (file: string) => pictureUrl(app.settings.webUrl, place, stored.value, file);
  const rows = pairs.map(
    ({ name }) => `| ![Before](${url(`before-${name}.png`)}) | ![After](${url(`after-${name}.png`)}) |`,
  );
  const text = ['| Before | After |', '| --- | --- |', ...rows].join('\n');
  const edited = await editPull(deps, host, { change, number: pull.number }, now => ({
    body: withPictures(now.body, text),
  }));
  if (!edited.ok) return wait(edited.message);
  await changed(deps, meta, change.changeId, before => ({ ...before, pictures: { key, text } }));
}

async function pictureOf({ blobs }: ChangesDeps, name: string, artifactId: string) {
  const found = await blobs.get(artifactKey(artifactId));
  return found && { name, content: await buffer(found) };
}
