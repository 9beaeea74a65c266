import { safeParse, type GenericSchema } from 'valibot';
import { asNotSaved, type Connection, type Draft } from './outbox-database';
import { openRow, sealRow } from './rows';

const pauseMs = 150;

interface Pending {
  text: string;
  settle: { resolve: () => void; reject: (error: unknown) => void }[];
}

export interface Drafts {
  /** Resolves when it is on the disk, with others of the same 150 ms; NotSaved otherwise. Takes the value as it is now. */
  saveDraft(key: string, value: unknown): Promise<void>;
  /** null when there is none, or when this version of the app cannot read it (it is then kept beside). */
  loadDraft<T>(key: string, schema: GenericSchema<unknown, T>): Promise<T | null>;
  deleteDraft(key: string): Promise<void>;
  draftKeys(): Promise<string[]>;
  /** Writes at once what still waits. */
  flushDrafts(): Promise<void>;
  /** Takes a waiting write back, so that it cannot come after the end of its draft; tell it how that went. */
  withhold(key: string): (isSaved: boolean) => void;
}

export function createDrafts(
  connection: Connection,
  now: () => number,
  draftKey?: () => Promise<CryptoKey>,
): Drafts {
  const pending = new Map<string, Pending>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let known: Promise<CryptoKey> | undefined;
  let writing: Promise<void> = Promise.resolve();

  function flushDrafts(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size === 0) return writing;
    const batch = new Map(pending);
    pending.clear();
    const written = Promise.all([...batch].map(([key, { text }]) => rowOf(key, text)))
      .then((rows) => connection.use((db) => put(db, rows)))
      .catch((error: unknown) => Promise.reject(asNotSaved(error)));
    for (const { settle } of batch.values()) {
      for (const { resolve, reject } of settle) written.then(resolve, reject);
    }
    return (writing = written.catch(() => undefined));
  }

  /** Sealed before the transaction opens, which would not wait for it. */
  async function rowOf(key: string, text: string): Promise<Draft> {
    if (!draftKey) return { key, text, savedAt: now() };
    const sealed = await sealRow(await (known ??= draftKey()), `draft|${key}`, text);
    return { key, text: '', sealed, savedAt: now() };
  }

  async function textOf(row: Draft | undefined): Promise<string | undefined> {
    if (!row?.sealed || !draftKey) return row?.text;
    const text = await openRow(await (known ??= draftKey()), `draft|${row.key}`, row.sealed);
    return typeof text === 'string' ? text : undefined;
  }

  function later(): void {
    timer ??= setTimeout(() => void flushDrafts(), pauseMs);
  }

  return {
    saveDraft(key, value) {
      const text = JSON.stringify(value);
      const settle = pending.get(key)?.settle ?? [];
      const saved = new Promise<void>((resolve, reject) => settle.push({ resolve, reject }));
      pending.set(key, { text, settle });
      later();
      return saved;
    },
    async loadDraft(key, schema) {
      const text =
        pending.get(key)?.text ?? (await textOf(await connection.use((db) => db.get('drafts', key))));
      if (text === undefined) return null;
      const parsed = safeParse(schema, JSON.parse(text));
      if (parsed.success) return parsed.output;
      const beside = await rowOf(`unread:${key}`, text);
      await connection.use((db) => put(db, [beside]));
      return null;
    },
    async deleteDraft(key) {
      const waiting = pending.get(key);
      pending.delete(key);
      await connection.use((db) => db.delete('drafts', key));
      for (const { resolve } of waiting?.settle ?? []) resolve();
    },
    draftKeys: async () => {
      const keys = await connection.use((db) => db.getAllKeys('drafts'));
      return [...new Set([...keys, ...pending.keys()])];
    },
    flushDrafts,
    withhold(key) {
      const held = pending.get(key);
      pending.delete(key);
      return (isSaved) => {
        if (!held) return;
        if (isSaved) return held.settle.forEach(({ resolve }) => resolve());
        if (!pending.has(key)) pending.set(key, held);
        later();
      };
    },
  };
}

async function put(db: Parameters<Parameters<Connection['use']>[0]>[0], rows: Draft[]): Promise<void> {
  const tx = db.transaction('drafts', 'readwrite', { durability: 'strict' });
  for (const row of rows) tx.store.put(row).catch(() => undefined);
  await tx.done;
}
