import type { Plugin, Rolldown } from 'vite';

/**
 * The files that a phone needs with no network: everything reachable from the entry except what hangs
 * behind a door to the desk, the maps or the gallery. The service worker precaches exactly these.
 */
export interface PhonePath {
  plugin: Plugin;
  /** True for a file (path inside dist) that belongs on a phone. Known only after the bundle is made. */
  holds(file: string): boolean;
}

export function phonePath(doors: RegExp): PhonePath {
  const files = new Set<string>();
  return {
    holds: (file) => files.has(file),
    plugin: {
      name: 'routebook:phone-path',
      apply: 'build',
      generateBundle(_options, bundle) {
        const entries = Object.values(bundle).filter((output) => output.type === 'chunk' && output.isEntry);
        for (const entry of entries) collect(entry.fileName, bundle, doors, files);
      },
    },
  };
}

function collect(file: string, bundle: Rolldown.OutputBundle, doors: RegExp, found: Set<string>): void {
  if (found.has(file)) return;
  const chunk = bundle[file];
  if (chunk?.type !== 'chunk') return;
  found.add(file);
  const metadata = chunk.viteMetadata;
  for (const style of metadata?.importedCss ?? []) found.add(style);
  for (const asset of metadata?.importedAssets ?? []) found.add(asset);
  for (const next of chunk.imports) collect(next, bundle, doors, found);
  for (const next of chunk.dynamicImports) {
    const target = bundle[next];
    if (target?.type === 'chunk' && !isBehind(target, doors)) collect(next, bundle, doors, found);
  }
}

/** A chunk that other chunks share has no facade: it lies behind the door when all of its modules do. */
function isBehind(chunk: Rolldown.OutputChunk, doors: RegExp): boolean {
  return chunk.facadeModuleId
    ? doors.test(chunk.facadeModuleId)
    : chunk.moduleIds.every((id) => doors.test(id));
}
