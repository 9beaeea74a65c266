"""What is run inside the page: its clock moved, its refusals told, what it keeps read and opened."""

from __future__ import annotations

import re

# The page's clock, moved and running. Timers and performance.now stay real, so that figures stay true.
SHIFTED_CLOCK = """
(() => {
  const Real = Date;
  const now = () => Real.now() + SHIFT_MS;
  globalThis.Date = new Proxy(Real, {
    construct: (target, values, made) => Reflect.construct(target, values.length ? values : [now()], made),
    apply: () => new Real(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
})();
"""

# Each refusal is told with its directive and place; the browser's own words for it come as well.
TELL_REFUSALS = """
document.addEventListener('securitypolicyviolation', (event) => console.error(
  `securitypolicyviolation ${event.effectiveDirective} ${event.blockedURI} ${event.sample} at ${event.sourceFile}`));
"""
OF_POLICY = re.compile(r"securitypolicyviolation|Content Security Policy|Trusted ?(?:Type|HTML|Script)")

READ_STORE = """
([name, store]) => new Promise((resolve, reject) => {
  const asked = indexedDB.open(name);
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const db = asked.result;
    if (!db.objectStoreNames.contains(store)) { db.close(); resolve([]); return; }
    const rows = db.transaction(store).objectStore(store).getAll();
    rows.onerror = () => reject(rows.error);
    rows.onsuccess = () => { db.close(); resolve(JSON.parse(JSON.stringify(rows.result))); };
  };
})
"""

# What the app itself keeps sealed, opened with the phone's own keys, which cannot be read out.
OPEN_ROWS = """
const all = (name, store) => new Promise((resolve, reject) => {
  const asked = indexedDB.open(name);
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const db = asked.result;
    if (!db.objectStoreNames.contains(store)) { db.close(); resolve([]); return; }
    const rows = db.transaction(store).objectStore(store).getAll();
    rows.onerror = () => reject(rows.error);
    rows.onsuccess = () => { db.close(); resolve(rows.result); };
  };
});
const opened = async (key, place, { iv, data }) => JSON.parse(new TextDecoder().decode(
  await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(place) }, key, data)));
"""
OPEN_MANIFEST = (
    "async () => {"
    + OPEN_ROWS
    + """
  const [{ lease }] = await all('routebook-vault', 'open');
  const [head] = await all('routebook-daybook', 'manifest');
  const place = [lease.id, 'manifest', 'now', head.lease.from, head.lease.until, head.personId, head.etag].join('|');
  return opened(lease.key, place, head);
}
"""
)
OPEN_CARDS = (
    "async () => {"
    + OPEN_ROWS
    + """
  const [{ lease }] = await all('routebook-vault', 'open');
  const cards = await all('routebook-daybook', 'cards');
  const place = (card) => [lease.id, 'cards', card.id, card.version].join('|');
  return Promise.all(cards.map((card) => opened(lease.key, place(card), card)));
}
"""
)
OPEN_DRAFTS = (
    "async () => {"
    + OPEN_ROWS
    + """
  const [key] = await all('routebook-vault', 'own');
  const drafts = await all('routebook-outbox', 'drafts');
  return Promise.all(drafts.map((draft) => opened(key, `draft|${draft.key}`, draft.sealed)));
}
"""
)
