import { DiffStat, Icon } from '@deckhand/shared/ui';
import { shownPath } from '@deckhand/shared/ui/diff';
import { useMemo } from 'react';
import { fileHash } from '../router.ts';
import { type TreeNode, treeOf } from './tree.ts';
import type { ShownFile } from './useDiff.ts';
import type { Viewed } from './useViewed.ts';

/** All files of a diff, in their folders; those that were looked through are quiet. */
export function FileTree({ files, viewed }: { files: readonly ShownFile[]; viewed: Viewed }) {
  const tree = useMemo(() => treeOf(files), [files]);
  return (
    <nav className="diff-tree" aria-label="Changed files" data-testid="diff-tree">
      <Nodes nodes={tree} viewed={viewed} />
    </nav>
  );
}

function Nodes({ nodes, viewed }: { nodes: readonly TreeNode<ShownFile>[]; viewed: Viewed }) {
  return (
    <ul>
      {nodes.map(({ name, path, file, children }) => (
        <li key={file ? path : `${path}/`}>
          {file ? (
            <a
              href={fileHash(path)}
              className={viewed.has(file) ? 'diff-tree-file diff-tree-viewed' : 'diff-tree-file'}
              title={shownPath(path)}
              data-testid="tree-file"
            >
              <span className="diff-tree-name">
                <bdi>{shownPath(name)}</bdi>
              </span>
              {viewed.has(file) ? <Icon name="check" /> : <DiffStat {...file} />}
            </a>
          ) : (
            <>
              <span className="diff-tree-folder" title={shownPath(path)}>
                <bdi>{shownPath(name)}</bdi>
              </span>
              <Nodes nodes={children} viewed={viewed} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
