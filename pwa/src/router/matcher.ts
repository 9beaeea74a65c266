import type { RouteLocation, RouteRecord, Target } from './types';

const place = /\/:(\w+)(?:\(((?:[^()]|\([^()]*\))*)\))?([?*]?)/g;

/** Finds the route of an address and the address of a route. The first route that matches wins: `/new` before `/:id`. */
export function createMatcher(records: readonly RouteRecord[]) {
  let routes = records.map(prepared);

  /** Puts others in the place of a route. */
  function replace(record: RouteRecord, others: readonly RouteRecord[]): void {
    routes = routes.flatMap((route) => (route.record === record ? others.map(prepared) : [route]));
  }

  /** The location of an address (path, query, hash) within this site. */
  function locate(address: string): RouteLocation {
    const url = new URL(address, 'http://routebook');
    const { pathname: path, search, hash } = url;
    const query: Record<string, string> = {};
    for (const [name, value] of url.searchParams) query[name] ??= value;
    const here = { path, query, hash, fullPath: path + search + hash };
    for (const { record, pattern, names } of routes) {
      const found = pattern.exec(path);
      if (!found) continue;
      const params = Object.fromEntries(names.map((name, index) => [name, decode(found[index + 1] ?? '')]));
      return { ...here, name: record.name, params, meta: record.meta ?? {}, matched: [record] };
    }
    return { ...here, name: undefined, params: {}, meta: {}, matched: [] };
  }

  /** Names and places are seen from `current`: without a name its own. Throws on a name that no route has. */
  function resolve(target: Target, current: RouteLocation): RouteLocation {
    if (typeof target === 'string') return locate(target);
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(target.query ?? {})) {
      if (value !== undefined && value !== null) search.set(name, String(value));
    }
    const query = search.size > 0 ? `?${search}` : '';
    if ('path' in target) return locate(target.path + query);
    const name = target.name ?? current.name;
    const record = routes.find(({ record }) => record.name === name)?.record;
    if (!record) throw new Error(`no route ${String(name)}`);
    const params = target.params ?? {};
    const path = record.path.replace(place, (_whole, key: string, _pattern, mark: string) => {
      const value = String(params[key] ?? '');
      if (value === '' && mark === '') throw new Error(`${record.path} without ${key}`);
      return value === '' ? '' : `/${encodeURIComponent(value)}`;
    });
    return locate((path || '/') + query);
  }

  return { locate, resolve, replace };
}

function prepared(record: RouteRecord) {
  return { record, ...patternOf(record.path) };
}

function patternOf(path: string) {
  const names: string[] = [];
  const source = path.replace(place, (_whole, name: string, pattern = '[^/]+', mark: string) => {
    names.push(name);
    return mark === '' ? `/(${pattern})` : `(?:/(${pattern}))?`;
  });
  return { names, pattern: new RegExp(`^${source.replace(/\/$/, '')}/?$`, 'i') };
}

/** A path that somebody cut in the middle of a character still has its page. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
