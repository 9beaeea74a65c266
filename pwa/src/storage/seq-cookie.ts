const name = 'rb_seq';

/** The page's cookies, where there is a page. */
type Jar = { cookie: string } | undefined;

const page = (): Jar => (typeof document === 'undefined' ? undefined : document);

/**
 * The highest number that was ever saved here, kept where an eviction of the storage does not reach (B8): when the outbox
 * is gone, this names what went with it.
 */
export function rememberSeq(device: string, highest: number, jar: Jar = page()): void {
  if (!jar) return;
  const secure = typeof location !== 'undefined' && location.protocol === 'https:' ? '; secure' : '';
  jar.cookie = `${name}=${device}.${highest}; path=/; max-age=34560000; samesite=strict${secure}`;
}

export function recallSeq(jar: Jar = page()): { device_id: string; highest_seq: number } | null {
  const found = /(?:^|;\s*)rb_seq=([0-9a-f-]{36})\.(\d{1,9})(?:;|$)/.exec(jar?.cookie ?? '');
  const [, device_id, highest] = found ?? [];
  return device_id && highest ? { device_id, highest_seq: Number(highest) } : null;
}
