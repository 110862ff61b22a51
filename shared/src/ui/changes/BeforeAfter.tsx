import { type ReactNode, useEffect, useId, useState } from 'react';
import { LightBox } from '../parts/LightBox.tsx';
import { useSessionLinks } from '../sessionLinks.ts';

/** Two pictures of the same thing, one over the other, with a handle between them. */
export function BeforeAfter({ before, after }: { before: ReactNode; after: ReactNode }) {
  const [share, setShare] = useState(50);
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="dh-compare" data-testid="before-after">
      <div className="dh-compare-stack">
        <div className="dh-compare-after">{after}</div>
        <div className="dh-compare-before" style={{ clipPath: `inset(0 ${100 - share}% 0 0)` }}>
          {before}
        </div>
      </div>
      <label htmlFor={id} className="dh-hidden">
        How much of the picture before is shown
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={100}
        value={share}
        data-testid="compare-slider"
        onChange={event => setShare(Number(event.target.value))}
      />
      <div className="dh-compare-words dh-quiet" aria-hidden="true">
        <span>Before</span>
        <span>After</span>
      </div>
      <button type="button" className="dh-link" data-testid="open-pictures" onClick={() => setOpen(true)}>
        Open both
      </button>
      {open && (
        <LightBox label="Before and after" onClose={() => setOpen(false)}>
          <div className="dh-light-box-pair">
            <figure>
              <figcaption>Before</figcaption>
              {before}
            </figure>
            <figure>
              <figcaption>After</figcaption>
              {after}
            </figure>
          </div>
        </LightBox>
      )}
    </div>
  );
}

/** A picture that is kept with a session. A client without a cookie fetches it with its token. */
export function ArtifactPicture({ artifactId, alt }: { artifactId: string; alt: string }) {
  const { artifactUrl, loadArtifact } = useSessionLinks();
  const [loaded, setLoaded] = useState<string | null>(null);
  useEffect(() => {
    if (!loadArtifact) return;
    let url: string | null = null;
    let over = false;
    void loadArtifact(artifactId).then(blob => {
      if (!blob || over) return;
      url = URL.createObjectURL(blob);
      setLoaded(url);
    });
    return () => {
      over = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [loadArtifact, artifactId]);
  const src = loadArtifact ? loaded : (artifactUrl?.(artifactId) ?? null);
  return src ? <img src={src} alt={alt} data-testid="artifact-picture" /> : null;
}
