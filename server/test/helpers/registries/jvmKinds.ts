import { sh, type TestSandbox } from '../sandboxStack.ts';
import { over } from './compiledKinds.ts';
import type { Kind } from './kinds.ts';
import { artifactOf, type MavenArtifact, mavenUrl } from './maven.ts';

const dependencyPlugin = { name: 'org.apache.maven.plugins:maven-dependency-plugin', version: '3.6.1' };
const central = `<id>central</id><url>${mavenUrl}</url>`;

const readSaid = `public class Look {
  public static void main(String[] words) throws Exception {
    System.out.println(new String(Look.class.getResourceAsStream("/said.txt").readAllBytes()));
  }
}
`;

/** Managers of the JVM. What both need is there by the name of `central`, as in a company that mirrors it. */
export const jvmKinds: Kind[] = [
  {
    kind: 'Maven',
    files: {
      'pom.xml': `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>shop</artifactId><version>1.0.0</version><packaging>pom</packaging>
  <repositories><repository>${central}</repository></repositories>
  <pluginRepositories><pluginRepository>${central}</pluginRepository></pluginRepositories>
  <dependencies><dependency><groupId>test</groupId><artifactId>tiny</artifactId><version>1.0.0</version></dependency></dependencies>
  <build><pluginManagement><plugins><plugin>
    <artifactId>maven-dependency-plugin</artifactId><version>${dependencyPlugin.version}</version>
  </plugin></plugins></pluginManagement></build>
</project>
`,
      'Look.java': readSaid,
    },
    source: over('pom.xml'),
    steps: [/ mvn\) --batch-mode dependency:go-offline$/],
    look: 'java -cp "$(find ~/.m2 -name tiny-1.0.0.jar)" Look.java 2> /dev/null',
    says: 'right',
    fetched: ['maven.registry.test/test/tiny/1.0.0/tiny-1.0.0.jar'],
  },
  {
    kind: 'Gradle',
    files: {
      'build.gradle': `apply plugin: 'java'
repositories { maven { url '${mavenUrl}' } }
dependencies { compile 'test:tiny:1.0.0' }
task said { doLast { configurations.compile.files.each { println zipTree(it).matching { include 'said.txt' }.singleFile.text } } }
`,
      '.gitignore': '.gradle/\n',
    },
    source: over('build.gradle'),
    steps: [/ gradle\) --no-daemon --quiet dependencies$/],
    look: 'gradle --no-daemon --quiet said 2> /dev/null',
    says: 'right',
    fetched: ['maven.registry.test/test/tiny/1.0.0/tiny-1.0.0.pom'],
  },
];

/**
 * What the two ask for. Maven’s own plugin brings a hundred archives with it; in its place is one of the same name whose
 * goal needs the project’s dependencies, too, so that Maven itself fetches them. It is compiled where a compiler is.
 */
export async function jvmArtifacts({ hands }: TestSandbox): Promise<MavenArtifact[]> {
  const source =
    'public class GoOffline extends org.apache.maven.plugin.AbstractMojo { public void execute() {} }';
  const compiled = await sh(
    hands,
    `cd /tmp && echo '${source}' > GoOffline.java && javac --release 11 -cp '/usr/share/maven/lib/*' GoOffline.java >&2 && base64 -w0 GoOffline.class`,
  );
  const [groupId, artifactId] = dependencyPlugin.name.split(':');
  const descriptor = `<plugin><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${dependencyPlugin.version}</version><goalPrefix>dependency</goalPrefix><mojos><mojo><goal>go-offline</goal><requiresDependencyResolution>test</requiresDependencyResolution><requiresProject>true</requiresProject><implementation>GoOffline</implementation><language>java</language><instantiationStrategy>per-lookup</instantiationStrategy><executionStrategy>once-per-session</executionStrategy></mojo></mojos></plugin>`;
  const plugin = {
    'GoOffline.class': Buffer.from(compiled.trim(), 'base64'),
    'META-INF/maven/plugin.xml': descriptor,
  };
  return Promise.all([
    artifactOf('test:tiny', '1.0.0', { 'said.txt': 'right' }),
    artifactOf(dependencyPlugin.name, dependencyPlugin.version, plugin, 'maven-plugin'),
    // Maven lays it beside every plugin that does not name it.
    artifactOf('org.codehaus.plexus:plexus-utils', '1.1', {}),
  ]);
}
