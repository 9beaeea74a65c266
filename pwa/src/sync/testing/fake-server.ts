import { gunzipSync, inflateRawSync } from 'node:zlib';
import { v7 } from 'uuid';

/**
 * A server of docs/wire.md in memory, for the tests of the phone: it keeps operations once, quarantines what it cannot
 * read, holds the book and the photos, can be restored from a copy, and answers through a network that fails on demand.
 */
export type Fault =
  | 'none'
  /** The request never arrives. */
  | 'cut_request'
  /** It is carried out, and the answer is lost. */
  | 'cut_answer'
  /** 503 with Retry-After: nothing was done. */
  | 'busy'
  /** 500: nothing was done. */
  | 'broken'
  /** A hotspot answers with a page of its own. */
  | 'hotspot'
  /** A proxy gives an earlier answer to the same address. */
  | 'stale'
  /** The request is carried out twice, as if it came on two connections. */
  | 'twice';

export interface KeptOperation {
  id: string;
  seq: number;
  device: string;
  person: number;
  body: string;
  content: unknown;
  status: 'applied' | 'quarantined';
  code: string;
  serverSeq: number;
  effects: number;
}

interface WireOperation {
  id: string;
  seq: number;
  kind: string;
  after: string | null;
  body: string;
}

interface Upload {
  size: number;
  sha256: string;
  bytes: Uint8Array;
}

export interface FakeCard {
  id: number;
  version: number;
  visits: number;
}

interface State {
  epoch: string;
  serverSeq: number;
  operations: Map<string, KeptOperation>;
  uploads: Map<string, Upload>;
  cards: Map<number, FakeCard>;
}

export interface SeenRequest {
  method: string;
  path: string;
  body: unknown;
  bytes: number;
}

export class FakeServer {
  roles = ['rep'];
  state: State = {
    epoch: v7(),
    serverSeq: 0,
    operations: new Map(),
    uploads: new Map(),
    cards: new Map(),
  };
  person = 1;
  isSignedIn = true;
  /** The person's access was stopped. */
  isFrozen = false;
  /** Which fault meets the next request. */
  fault: (method: string, path: string) => Fault = () => 'none';
  /** Changes an answer on its way. */
  twist: (path: string, data: unknown) => unknown = (_path, data) => data;
  /** Operations that the rules refuse, by id or kind. */
  quarantine = new Map<string, string>();
  /** Operations that are told to come again, so often. */
  retries = new Map<string, number>();
  /** A batch with one of these is refused as a whole, with this status. */
  poison = new Map<string, number>();
  lost: { from: number; to: number }[] = [];
  known: unknown = null;
  time: () => number = () => Date.now();
  leaseMs = { from: -3_600_000, until: 8 * 3_600_000 };
  retryAfterS = 7;
  missing: { from: number; to: number }[] = [];
  decided: [string, string, string][] = [];
  requests: SeenRequest[] = [];
  chunkFaults: number[] = [];
  private earlier = new Map<string, string>();

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input), 'http://server');
    const path = url.pathname.replace('/api/v1', '');
    const method = init?.method ?? 'GET';
    const headers = new Headers(init?.headers);
    const raw = bytesOf(init?.body);
    const body = headers.get('Content-Type') === 'application/json' ? jsonOf(raw, headers) : raw;
    await Promise.resolve();
    if (init?.signal?.aborted) throw new DOMException('aborted', 'AbortError');
    this.requests.push({ method, path, body, bytes: raw.length });
    const fault = this.fault(method, path);
    const stale = this.earlier.get(path);
    if (fault === 'cut_request') throw new TypeError('network');
    if (fault === 'busy') return problem(503, 'busy', { 'Retry-After': String(this.retryAfterS) });
    if (fault === 'broken') return problem(500, 'internal');
    if (fault === 'hotspot') return new Response('<html>', { headers: { 'Content-Type': 'text/html' } });
    if (fault === 'stale' && stale !== undefined) return json(JSON.parse(stale));
    if (fault === 'twice') this.answer(method, path, url.searchParams, headers, body);
    const answer = this.answer(method, path, url.searchParams, headers, body);
    if (answer.status === 200) this.earlier.set(path, await answer.clone().text());
    if (fault === 'cut_answer') throw new TypeError('network');
    return answer;
  };

  /** A copy, as a nightly backup keeps it. */
  backup(): State {
    return structuredClone(this.state);
  }

  /** The backup comes back, and with it a new epoch. */
  restore(backup: State): void {
    this.state = { ...structuredClone(backup), epoch: v7() };
  }

  addCards(...ids: number[]): void {
    for (const id of ids) this.state.cards.set(id, { id, version: 1, visits: 0 });
  }

  get applied(): KeptOperation[] {
    return [...this.state.operations.values()].sort((a, b) => a.serverSeq - b.serverSeq);
  }

  private answer(
    method: string,
    path: string,
    query: URLSearchParams,
    headers: Headers,
    body: unknown,
  ): Response {
    if (path === '/session' && method === 'POST') {
      this.isSignedIn = true;
      return json(this.twist(path, this.session()));
    }
    if (path === '/dropbox') return this.push(body as { operations: WireOperation[] });
    if (this.isFrozen) return problem(401, 'frozen');
    if (!this.isSignedIn) return problem(401, 'not_signed_in');
    if (path === '/session' && method === 'DELETE') {
      this.isSignedIn = false;
      return new Response(null, { status: 204 });
    }
    if (path === '/devices') return json(this.device(body as { device_id: string; known: unknown }));
    if (path === '/operations') return this.push(body as { operations: WireOperation[] });
    if (path.startsWith('/uploads')) return this.upload(method, path, headers, body);
    if (path === '/daybook/manifest') return this.manifest(headers);
    if (path === '/daybook/lease-key') {
      const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
      return json({ lease_id: (body as { lease_id: string }).lease_id, key });
    }
    if (path === '/daybook/pages') return json(this.twist(path, this.pages(query)));
    return problem(404, 'not_found');
  }

  session() {
    return {
      person: { id: this.person, name: '王芳', name_en: 'Wang Fang', locale: 'zh-CN', roles: this.roles },
      epoch: this.state.epoch,
      server_time: this.instant(),
      timezone: 'Asia/Shanghai',
      currency: 'CNY',
    };
  }

  private instant(): string {
    return new Date(this.time()).toISOString();
  }

  private device(body: { device_id: string; known: unknown }) {
    this.known = body.known ?? this.known;
    const seqs = this.applied.filter((one) => one.device === body.device_id).map((one) => one.seq);
    const highest = Math.max(0, ...seqs);
    return {
      device_id: body.device_id,
      contiguous_seq: highest,
      highest_seq: highest,
      next_seq: highest + 1,
      lost: body.known ? this.lost : [],
    };
  }

  private push(body: { operations: WireOperation[] } & Record<string, unknown>): Response {
    for (const one of body.operations) {
      const status = this.poison.get(one.id);
      if (status) return problem(status, 'invalid');
    }
    if (Number(body['known_server_seq']) > this.state.serverSeq && body['epoch'] === this.state.epoch) {
      this.state.epoch = v7();
    }
    const results = body.operations.map((one) => this.receive(one, String(body['device_id'])));
    const answer = {
      batch_id: body['batch_id'],
      epoch: this.state.epoch,
      server_time: this.instant(),
      operations: body.operations.map((one) => one.id),
      results,
      missing: this.missing,
      server_seq: this.state.serverSeq,
      checkpoint: { seq: this.state.serverSeq, digest: `after ${this.state.serverSeq}` },
    };
    return json(this.twist('/operations', answer));
  }

  private receive(one: WireOperation, device: string) {
    const before = this.state.operations.get(one.id);
    if (before) {
      const code = before.status === 'quarantined' ? 'quarantined' : before.code;
      return result(one, 'duplicate', before.serverSeq, before.body === one.body ? code : 'key_reuse');
    }
    const left = this.retries.get(one.id) ?? 0;
    if (left > 0) {
      this.retries.set(one.id, left - 1);
      return { ...result(one, 'retry', null, 'busy'), retry_after_s: 1 };
    }
    const parent = one.after === null ? null : this.state.operations.get(one.after);
    if (one.after !== null && !parent) {
      return { ...result(one, 'retry', null, 'waits_for'), retry_after_s: 1 };
    }
    const code =
      this.quarantine.get(one.id) ??
      this.quarantine.get(one.kind) ??
      (parent?.status === 'quarantined' ? 'depends_on_quarantined' : '');
    this.state.serverSeq += 1;
    const status = code ? 'quarantined' : 'applied';
    const content = contentOf(one.body);
    const card = this.state.cards.get((content as { outlet_id?: number }).outlet_id ?? 0);
    if (status === 'applied' && card)
      Object.assign(card, { version: card.version + 1, visits: card.visits + 1 });
    this.state.operations.set(one.id, {
      id: one.id,
      seq: one.seq,
      device,
      person: this.person,
      body: one.body,
      content,
      status,
      code,
      serverSeq: this.state.serverSeq,
      effects: status === 'applied' ? 1 : 0,
    });
    return result(one, status, this.state.serverSeq, code);
  }

  private manifest(headers: Headers): Response {
    const cards = [...this.state.cards.values()].map((card) => [card.id, card.version]);
    const lease = { id: 1, day: '2026-11-23', ...this.lease() };
    const held = {
      epoch: this.state.epoch,
      lease: {
        ...lease,
        from: new Date(lease.from).toISOString(),
        until: new Date(lease.until).toISOString(),
      },
      timezone: 'Asia/Shanghai',
      currency: 'CNY',
      cycle_anchor: '2026-01-05',
      holidays: [],
      person: { id: this.person, name: '王芳', roles: this.roles },
      routes: [{ id: 1, code: 'A1', name: '一线', version: 1, truck_weekdays: [1, 3] }],
      stops: cards.map(([id], at) => [id, 1, at + 1, 540 + at]),
      cards,
      catalogue_version: 1,
      index_version: 'i1',
      load: null,
      server_seq: this.state.serverSeq,
      missing: this.missing,
      quarantined: [],
      decided: this.decided,
    };
    const tag = `"${JSON.stringify(held).length}-${this.state.serverSeq}-${this.state.epoch}"`;
    const dated = { ETag: tag, Date: new Date(this.time()).toUTCString() };
    if (headers.get('If-None-Match') === tag) return new Response(null, { status: 304, headers: dated });
    const answer = { ...held, version: tag, server_time: this.instant() };
    return json(this.twist('/daybook/manifest', answer), dated);
  }

  private firstLease: { from: number; until: number } | null = null;

  private lease() {
    const time = this.time();
    if (!this.firstLease || time >= this.firstLease.until) {
      this.firstLease = { from: time + this.leaseMs.from, until: time + this.leaseMs.until };
    }
    return this.firstLease;
  }

  private pages(query: URLSearchParams) {
    const wanted = (query.get('cards') ?? '').split(',').map(Number);
    return {
      cards: [...this.state.cards.values()].filter((card) => wanted.includes(card.id)).map(cardPage),
      ...(query.has('catalogue') ? { catalogue } : {}),
      ...(query.has('index') ? { index: [[9, '远处小店', '远路 9 号', 30.1, 120.1, 'B', [0, 2]]] } : {}),
      ...(query.has('load') ? { load: [] } : {}),
    };
  }

  private upload(method: string, path: string, headers: Headers, body: unknown): Response {
    if (method === 'POST') {
      const { photo_id: id, size, sha256 } = body as { photo_id: string; size: number; sha256: string };
      const kept = this.state.uploads.get(id) ?? { size, sha256, bytes: new Uint8Array(0) };
      this.state.uploads.set(id, kept);
      return json({ offset: kept.bytes.length, done: kept.bytes.length === kept.size });
    }
    const kept = this.state.uploads.get(path.slice('/uploads/'.length));
    if (!kept) return problem(404, 'not_found');
    if (method === 'PATCH') {
      const fault = this.chunkFaults.shift();
      if (fault) return problem(fault, 'refused');
      if (Number(headers.get('Upload-Offset')) !== kept.bytes.length) return problem(409, 'conflict');
      kept.bytes = new Uint8Array([...kept.bytes, ...(body as Uint8Array)]);
    }
    return new Response(null, {
      status: method === 'PATCH' ? 204 : 200,
      headers: { 'Upload-Offset': String(kept.bytes.length) },
    });
  }
}

function result(one: WireOperation, status: string, serverSeq: number | null, code: string) {
  return { id: one.id, seq: one.seq, status, server_seq: serverSeq, code, detail: '', retry_after_s: null };
}

function contentOf(body: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(body, 'base64')).toString());
}

function json(data: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(data), { headers: { 'Content-Type': 'application/json', ...headers } });
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ title: code, status, detail: code, code, errors: [] }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return new TextEncoder().encode(typeof body === 'string' ? body : '');
}

function jsonOf(raw: Uint8Array, headers: Headers): unknown {
  const plain = headers.get('Content-Encoding') === 'gzip' ? gunzipSync(raw) : raw;
  return JSON.parse(new TextDecoder().decode(plain));
}

function cardPage(card: FakeCard) {
  return {
    id: card.id,
    version: card.version,
    code: `C${card.id}`,
    name: `小店 ${card.id}`,
    name_en: null,
    chain: null,
    outlet_class: 'A',
    channel: 'traditional',
    address: '中山路 1 号',
    latitude: 30.25,
    longitude: 120.16,
    hours: [[0, 480, 1320]],
    rules: [[0, 1, 0, 1]],
    contacts: [{ id: 1, name: '李老板', role: 'owner', phone: '13800000000', preferences: '', notes: null }],
    notes: [],
    promises: [],
    assets: [],
    price_list: 'standard',
    skus: [1, 2],
    stock: { at: null, shelf: [null, null], backroom: [null, null], delivered: [0, 0] },
    visits: [],
    orders: [],
    deliveries: [],
    people: [],
  };
}

const catalogue = {
  version: 1,
  suggestion_factor: 1500,
  brands: [[1, '山泉', 'Spring']],
  skus: [
    [1, 'S1', '山泉 550', 'Spring 550', 1, 24, 550, null],
    [2, 'S2', '山泉 1.5L', 'Spring 1.5L', 1, 12, 1500, '2026-12-31'],
  ],
  prices: {
    standard: [
      [1, 150],
      [2, 300],
    ],
  },
  must_sell: { A: [1] },
  template: { version: 1, steps: [], outcomes: [] },
  limits: {},
};
