import type { Kind } from './kinds.ts';
import { type Wheel, wheelOf } from './pypi.ts';

/** Builds whatever lies where it runs as `shop`, which needs tiny-right: what hatch and its like do. */
const backend = `
import os, zipfile
def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    file = 'shop-1.0-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(wheel_directory, file), 'w') as wheel:
        wheel.writestr('shop.pth', os.getcwd() + '\\n')
        wheel.writestr('shop-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\nRequires-Dist: tiny-right\\n')
        wheel.writestr('shop-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        names = [*wheel.namelist(), 'shop-1.0.dist-info/RECORD']
        wheel.writestr('shop-1.0.dist-info/RECORD', ''.join(name + ',,\\n' for name in names))
    return file
build_wheel = build_editable
`;

export const wheels = (): Promise<Wheel[]> =>
  Promise.all([
    wheelOf('tiny-right', '1.0.0', { 'tiny_right.py': "said = 'right'\n" }),
    wheelOf('tiny-build', '1.0.0', { 'tiny_build.py': backend }),
  ]);

const fetched = ['pypi.registry.test/files/tiny_right-1.0.0-py3-none-any.whl'];

export const pythonKinds: Kind[] = [
  {
    kind: 'requirements.txt',
    files: { 'requirements.txt': 'tiny-right==1.0.0\n', 'docs/requirements.txt': 'sphinx\n' },
    source: 'requirements.txt',
    steps: ['python3 -m pip install --user --quiet --requirement requirements.txt'],
    look: "python3 -c 'import tiny_right; print(tiny_right.said)'",
    says: 'right',
    fetched,
  },
  {
    kind: 'pyproject.toml',
    files: {
      'pyproject.toml':
        '[project]\nname = "shop"\nversion = "1.0"\n[build-system]\nrequires = ["tiny-build"]\nbuild-backend = "tiny_build"\n',
      'shop/__init__.py': 'from tiny_right import said\n',
    },
    source: 'pyproject.toml',
    steps: ['python3 -m pip install --user --quiet --editable .'],
    look: "cd /tmp && python3 -c 'import shop; print(shop.said, shop.__file__)'",
    says: 'right /work/repo/shop/__init__.py',
    fetched: [...fetched, 'pypi.registry.test/files/tiny_build-1.0.0-py3-none-any.whl'],
  },
];
