import { useEffect, useState } from 'react';
import { useSessionLinks } from '../sessionLinks.ts';

/** The whole of a text that an event carries by its beginning; that beginning until it is there, or where it cannot be had. */
export function useWholeText(beginning: string, artifactId: string | undefined): string {
  const { artifactUrl, loadArtifact } = useSessionLinks();
  const [whole, setWhole] = useState<{ artifactId: string; text: string } | null>(null);
  useEffect(() => {
    if (artifactId === undefined) return;
    let over = false;
    const load = async () => {
      const href = artifactUrl(artifactId);
      const blob = loadArtifact
        ? await loadArtifact(artifactId)
        : href && (await fetch(href).then(answer => (answer.ok ? answer.blob() : null)));
      const text = blob ? await blob.text() : null;
      if (text !== null && !over) setWhole({ artifactId, text });
    };
    load().catch(() => {});
    return () => {
      over = true;
    };
  }, [artifactId, artifactUrl, loadArtifact]);
  return whole && whole.artifactId === artifactId ? whole.text : beginning;
}
