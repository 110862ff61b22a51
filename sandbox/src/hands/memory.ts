import { readFileSync } from 'node:fs';

const places = {
  /** cgroup v2, then v1, as a container sees its own. */
  limit: ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'],
  used: ['/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory/memory.usage_in_bytes'],
  events: ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'],
};

/** Processes that the kernel killed here for want of memory, since the container started. */
export const outOfMemoryKills = (): number => Number(/^oom_kill (\d+)/m.exec(first(places.events))?.[1] ?? 0);

export const memoryBytes = (): { limit: number; used: number } => ({
  limit: Number.parseInt(first(places.limit), 10) || 0,
  used: Number.parseInt(first(places.used), 10) || 0,
});

function first(paths: string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // The other version of cgroups.
    }
  }
  return '';
}
