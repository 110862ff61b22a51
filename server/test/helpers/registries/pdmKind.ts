import { over } from './compiledKinds.ts';
import type { Kind } from './kinds.ts';
import { pypiUrl } from './pypi.ts';

export const pdmKind: Kind = {
  kind: 'pdm',
  files: {
    'pyproject.toml': `[project]
name = "shop"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["tiny-right==1.0.0"]
[build-system]
requires = ["tiny-build"]
build-backend = "tiny_build"
[tool.pdm]
[[tool.pdm.source]]
name = "pypi"
url = "${pypiUrl}"
verify_ssl = true
`,
    'shop/__init__.py': 'from tiny_right import said\n',
    '.gitignore': '.venv/\n.pdm.toml\n.pdm-python\npdm.lock\n',
  },
  source: over('pyproject.toml'),
  steps: [/ pdm; } && pdm install$/],
  notes: [/pyproject\.toml has no lock file/],
  look: "pdm run python -c 'import shop; print(shop.said)'",
  says: 'right',
  fetched: ['pypi.registry.test/files/tiny_right-1.0.0-py3-none-any.whl'],
};
