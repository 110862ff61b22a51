import { type Detector, globally, has } from './detector.ts';

type Language = {
  language: string;
  /** An image that has it. */
  image: string;
  /** The first that is there tells; of the locks each makes a folder a project of its own. */
  locks: string[];
  files?: string[];
  endings?: string[];
  install: (source: string) => string;
  caches: string[];
};

/** What our base image does not have: said with an image that has it. Over an image of the repository's own it is run. */
const languages: Language[] = [
  {
    language: 'Go',
    image: 'golang:latest',
    locks: ['go.sum'],
    files: ['go.work', 'go.mod'],
    install: () => 'go mod download',
    caches: ['go/pkg/mod'],
  },
  {
    language: 'Rust',
    image: 'rust:latest',
    locks: ['Cargo.lock'],
    files: ['Cargo.toml'],
    install: source => (source === 'Cargo.lock' ? 'cargo fetch --locked' : 'cargo fetch'),
    caches: ['.cargo/registry'],
  },
  {
    language: 'Java and Maven',
    image: 'maven:latest',
    locks: ['pom.xml'],
    install: () => '$([ -x mvnw ] && echo ./mvnw || echo mvn) --batch-mode dependency:go-offline',
    caches: ['.m2'],
  },
  {
    language: 'Java and Gradle',
    image: 'gradle:latest',
    locks: ['gradle.lockfile'],
    files: ['settings.gradle', 'settings.gradle.kts', 'build.gradle', 'build.gradle.kts'],
    install: () => '$([ -x gradlew ] && echo ./gradlew || echo gradle) --no-daemon --quiet dependencies',
    caches: ['.gradle/caches', '.gradle/wrapper'],
  },
  {
    language: 'Ruby',
    image: 'ruby:latest',
    locks: ['Gemfile.lock'],
    files: ['Gemfile'],
    install: () => 'bundle install',
    caches: ['.bundle/cache'],
  },
  {
    language: 'PHP and Composer',
    image: 'composer:latest',
    locks: ['composer.lock'],
    files: ['composer.json'],
    install: () => 'composer install --no-interaction',
    caches: ['.cache/composer'],
  },
  {
    language: '.NET',
    image: 'mcr.microsoft.com/dotnet/sdk:latest',
    locks: ['packages.lock.json'],
    files: ['global.json'],
    endings: ['.sln', '.slnx', '.csproj', '.fsproj', '.vbproj'],
    install: () => 'dotnet restore',
    caches: ['.nuget/packages'],
  },
];

const lacking = ({
  language,
  image,
  locks,
  files = [],
  endings = [],
  install,
  caches,
}: Language): Detector => ({
  language,
  locks,
  async detect(folder) {
    const named = [...folder.files].find(name => endings.some(ending => name.endsWith(ending)));
    const source = has(folder, ...locks, ...files) ?? named;
    if (!source) return null;
    return { source, install: install(source), caches, also: [source], lacks: { language, image } };
  },
});

const deno: Detector = {
  language: 'Deno',
  locks: ['deno.lock'],
  async detect(folder) {
    const source = has(folder, 'deno.lock', 'deno.json', 'deno.jsonc');
    if (!source) return null;
    const run = source === 'deno.lock' ? 'deno install --frozen' : 'deno install';
    return {
      source,
      install: `${globally('deno')} && ${run}`,
      caches: ['.npm', '.cache/deno'],
      also: [source],
    };
  },
};

export const others: Detector[] = [...languages.map(lacking), deno];
