import { openDB } from 'idb';
import { outboxName } from './outbox-database';
import { base64 } from './seal';

/**
 * All that the outbox still gives, as a file's text, for the office to read in by hand (B18). Opened without a version,
 * so that an outbox of another version of the app is read too; throws when nothing can be read.
 */
export async function rawExport(name: string = outboxName): Promise<string> {
  const db = await openDB(name);
  try {
    const stores: Record<string, unknown> = {};
    for (const store of db.objectStoreNames) {
      const [keys, values] = await Promise.all([db.getAllKeys(store), db.getAll(store)]);
      stores[store] = keys.map((key, at) => ({ key, value: values[at] as unknown }));
    }
    return JSON.stringify({ name, version: db.version, stores }, (_key, value: unknown) =>
      value instanceof ArrayBuffer ? { base64: base64(value) } : value,
    );
  } finally {
    db.close();
  }
}
