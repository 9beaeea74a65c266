import { describe, expect, it } from 'vitest';

type Texts = { [key: string]: string | Texts };

const files = import.meta.glob<Texts>('./locales/*/*.json', { eager: true, import: 'default' });
const sources = import.meta.glob<string>(['../**/*.{ts,vue}', '!../**/*.test.ts', '!../**/*.d.ts'], {
  eager: true,
  query: '?raw',
  import: 'default',
});

const chinese = keysOf('zh-CN');
const english = keysOf('en');

describe('the texts', () => {
  it('are the same keys in Chinese and in English', () => {
    expect([...chinese.keys()].filter((key) => !english.has(key))).toEqual([]);
    expect([...english.keys()].filter((key) => !chinese.has(key))).toEqual([]);
  });

  it('have the same named places in both languages', () => {
    const different = [...chinese].filter(([key, text]) => !samePlaces(text, english.get(key) ?? ''));
    expect(different.map(([key]) => key)).toEqual([]);
  });

  it('exist for every key that the sources name', () => {
    const missing = usedKeys().filter(({ key }) => !chinese.has(key));
    expect(missing).toEqual([]);
  });

  it('exist for every key that the sources build from a beginning', () => {
    const all = [...chinese.keys()];
    const missing = usedBeginnings().filter(({ key }) => !all.some((known) => known.startsWith(key)));
    expect(missing).toEqual([]);
  });

  it('belong to a room that is loaded by the phone or the desk', async () => {
    const books = await Promise.all([
      import('./messages/phone.en'),
      import('./messages/rooms.en'),
      import('./messages/desk.en'),
      import('./messages/lock.en'),
    ]);
    const loaded = new Set(books.flatMap((book) => Object.keys(book.default)).map(roomOf));
    const written = new Set(Object.keys(files).map(roomOf));
    expect([...written].filter((room) => !loaded.has(room))).toEqual([]);
  });
});

function keysOf(locale: string): Map<string, string> {
  const own = Object.entries(files).filter(([path]) => path.includes(`/${locale}/`));
  return new Map(own.flatMap(([path, texts]) => flatten(texts, roomOf(path))));
}

function flatten(texts: Texts, beginning: string): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${beginning}.${key}`, value]] : flatten(value, `${beginning}.${key}`),
  );
}

function roomOf(path: string): string {
  return path.replace(/^.*\/|\.json$/g, '');
}

function samePlaces(one: string, other: string): boolean {
  const places = (text: string) =>
    [...new Set(text.match(/\{\w+\}/g) ?? [])]
      .filter((place) => place !== '{count}')
      .sort()
      .join();
  return places(one) === places(other);
}

/** `t('room.key'`, `titleKey: 'room.key'` and `labelKey: 'room.key'`. */
function usedKeys(): { file: string; key: string }[] {
  const use = /(?:\bt\(\s*|\b\w*[kK]ey:\s*)'([a-z]\w*(?:\.[\w-]+)+)'/g;
  return find(use);
}

/** A template literal: the part before its first `${`. */
function usedBeginnings(): { file: string; key: string }[] {
  return find(/\bt\(\s*`([a-z]\w*\.[^`$]*)\$\{/g);
}

function find(pattern: RegExp): { file: string; key: string }[] {
  return Object.entries(sources).flatMap(([file, source]) =>
    [...source.matchAll(pattern)].map((match) => ({ file, key: match[1] ?? '' })),
  );
}
