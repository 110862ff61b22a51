import { over } from './compiledKinds.ts';
import { composerUrl } from './composer.ts';
import { gemsUrl } from './gems.ts';
import { json, type Kind } from './kinds.ts';
import { pypiUrl } from './pypi.ts';

/** As compiledKinds, of languages that are rarer or larger. */
export const toolchainKinds: Kind[] = [
  {
    kind: 'Bundler',
    files: { Gemfile: `source "${gemsUrl}"\ngem "tiny"\n` },
    source: over('Gemfile'),
    steps: ['bundle install'],
    look: `bundle exec ruby -e 'require "tiny"; puts Tiny'`,
    says: 'right',
    fetched: ['gems.registry.test/gems/tiny-1.0.0.gem'],
  },
  {
    kind: 'Composer',
    files: {
      'composer.json': json({
        name: 'test/shop',
        repositories: [{ type: 'composer', url: composerUrl }, { 'packagist.org': false }],
        require: { 'tiny/tiny': '1.0.0' },
      }),
    },
    source: over('composer.json'),
    steps: ['composer install --no-interaction'],
    look: `php -r 'require "vendor/autoload.php";'`,
    says: 'right',
    fetched: ['php.registry.test/tiny.zip'],
  },
  {
    kind: 'Poetry',
    files: {
      'pyproject.toml': `[tool.poetry]
name = "shop"
version = "1.0.0"
description = ""
authors = ["Test <test@example.test>"]
[tool.poetry.dependencies]
python = "^3.9"
tiny-right = "1.0.0"
[[tool.poetry.source]]
name = "company"
url = "${pypiUrl}"
default = true
`,
      'shop/__init__.py': '',
    },
    source: over('pyproject.toml'),
    steps: [/ poetry; } && poetry install --no-interaction$/],
    notes: [/pyproject\.toml has no lock file/],
    look: "poetry run python -c 'import shop, tiny_right; print(tiny_right.said)'",
    says: 'right',
    fetched: ['pypi.registry.test/files/tiny_right-1.0.0-py3-none-any.whl'],
  },
  {
    kind: 'Pipenv',
    files: {
      Pipfile: `[[source]]\nname = "company"\nurl = "${pypiUrl}"\nverify_ssl = true\n[packages]\ntiny-right = "==1.0.0"\n`,
    },
    source: over('Pipfile'),
    steps: [/ pipenv; } && pipenv install --dev --skip-lock$/],
    notes: [/Pipfile has no lock file/],
    look: "pipenv --quiet run python -c 'import tiny_right; print(tiny_right.said)'",
    says: 'right',
    fetched: ['pypi.registry.test/files/tiny_right-1.0.0-py3-none-any.whl'],
  },
  {
    kind: 'Java',
    files: {
      'Fetch.java': `import java.net.URI;
public class Fetch {
  public static void main(String[] words) throws Exception {
    try (var answer = new URI("https://pypi.registry.test/simple/tiny-right/").toURL().openStream()) {
      System.out.println(new String(answer.readAllBytes()).contains("tiny_right-1.0.0"));
    }
  }
}
`,
    },
    source: '.devcontainer.json',
    steps: [],
    look: 'java Fetch.java 2> /dev/null',
    says: 'true',
    fetched: [],
  },
];
