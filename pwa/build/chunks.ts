import { fileURLToPath } from 'node:url';

/** What chunking may ask about a module: the ids of those that it imports statically. */
interface Graph {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
/** Stays a file of its own, or the build had no entry that the page and the precache can begin with. */
const entry = fileOf('src/main.ts');

type Namer = (id: string, graph: Graph) => string | null;

/**
 * Names the chunk of everything that the modules in `roots` (paths from the project's folder) import statically, and of
 * nothing else: one file instead of twenty, and in it only what that way uses. A group further up keeps what it has.
 */
export function reachedFrom(name: string, roots: readonly string[]): Namer {
  const starts = roots.map(fileOf);
  let reached: Set<string> | undefined;
  return (id, graph) => {
    reached ??= walk(starts, graph);
    return reached.has(id) && id !== entry ? name : null;
  };
}

function walk(starts: readonly string[], graph: Graph): Set<string> {
  const reached = new Set<string>();
  const next = [...starts];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    next.push(...(graph.getModuleInfo(id)?.importedIds ?? []));
  }
  return reached;
}
