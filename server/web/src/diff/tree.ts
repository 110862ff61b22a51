export type TreeNode<F> = { name: string; path: string; file?: F; children: TreeNode<F>[] };

/** Files as folders hold them; a folder that holds one folder alone is one line with it. */
export function treeOf<F extends { path: string }>(files: readonly F[]): TreeNode<F>[] {
  const root: TreeNode<F> = { name: '', path: '', children: [] };
  const folders = new Map([['', root]]);
  const folder = (path: string): TreeNode<F> => {
    const known = folders.get(path);
    if (known) return known;
    const at = path.lastIndexOf('/');
    const made: TreeNode<F> = { name: path.slice(at + 1), path, children: [] };
    folders.set(path, made);
    folder(at < 0 ? '' : path.slice(0, at)).children.push(made);
    return made;
  };
  for (const file of files) {
    const at = file.path.lastIndexOf('/');
    const holder = folder(at < 0 ? '' : file.path.slice(0, at));
    holder.children.push({ name: file.path.slice(at + 1), path: file.path, file, children: [] });
  }
  return root.children.map(joined);
}

function joined<F>(node: TreeNode<F>): TreeNode<F> {
  const [only, ...others] = node.children;
  if (node.file || !only || others.length > 0 || only.file)
    return { ...node, children: node.children.map(joined) };
  return joined({ ...only, name: `${node.name}/${only.name}` });
}
