import { safeParse } from 'valibot';
import { v7 } from 'uuid';
import {
  failure,
  PushSchema,
  type Failure,
  type PushAnswer,
  type PushResult,
  type RequestFunction,
} from '@/api';
import type { Outcome } from '@/storage/delivery';
import type { Outbox } from '@/storage/outbox';
import { base64 } from '@/storage/seal';
import type { OutboxEntry } from '@/storage/types';
import { backoff } from './backoff';
import type { Timekeeper } from './timekeeper';

const mostOperations = 100;
/** Bytes of bodies in a batch: in base64 they stay well below the server's 1 MiB. */
const mostBytes = 393_216;

export interface PushParts {
  outbox: Outbox;
  request: RequestFunction;
  now: () => number;
  random: () => number;
  timekeeper: Timekeeper;
  /** What is on its way now, for the screen. */
  sending: (ids: readonly string[]) => void;
}

/** null: nothing is left that may be sent now. */
export type PushEnd = Failure | null;

/**
 * Sends what waits, in order of numbers, until nothing is left or the server cannot be reached. An answer for a whole
 * batch that says "no" (413, 422 …) halves the batch until the one operation is found that is meant; that one is put
 * aside and the others go on (I4).
 */
export function createPush(parts: PushParts): (personId: number) => Promise<PushEnd> {
  let limit = mostOperations;

  return async function push(personId) {
    const sent = new Set<string>();
    for (;;) {
      const batch = nextBatch(await parts.outbox.entries('waiting'), personId, parts.now(), limit);
      if (batch.length === 0) return null;
      parts.sending(batch.map((entry) => entry.id));
      const end = await pushBatch(parts, batch, sent).finally(() => parts.sending([]));
      if (!end) {
        limit = Math.min(mostOperations, limit * 2);
      } else if (end.kind === 'http' && isAboutTheBatch(end.status)) {
        if (batch.length === 1) await putAside(parts, batch, end);
        limit = Math.max(1, Math.floor(batch.length / 2));
      } else {
        if (end.kind === 'timeout') limit = Math.max(1, Math.floor(batch.length / 2));
        return end;
      }
    }
  };
}

function isAboutTheBatch(status: number): boolean {
  return status === 400 || status === 413 || status === 415 || status === 422;
}

/** In order of numbers; what hangs on an operation that must wait waits with it. */
export function nextBatch(
  waiting: readonly OutboxEntry[],
  personId: number,
  now: number,
  limit: number,
): OutboxEntry[] {
  const batch: OutboxEntry[] = [];
  const left = new Set(waiting.map((entry) => entry.id));
  let bytes = 0;
  for (const entry of waiting) {
    if (entry.personId !== personId || entry.notBefore > now) continue;
    if (entry.after !== null && left.has(entry.after)) continue;
    bytes += entry.body.byteLength;
    if (batch.length > 0 && (batch.length === limit || bytes > mostBytes)) break;
    batch.push(entry);
    left.delete(entry.id);
  }
  return batch;
}

async function pushBatch(
  parts: PushParts,
  batch: readonly OutboxEntry[],
  sent: Set<string>,
): Promise<PushEnd> {
  const { outbox, now } = parts;
  const meta = await outbox.meta();
  const batchId = v7();
  const body = {
    device_id: meta.device,
    batch_id: batchId,
    sent_at: new Date(now()).toISOString(),
    epoch: meta.epoch,
    known_server_seq: meta.serverSeq,
    highest_seq: meta.nextSeq - 1,
    known_checkpoint: meta.checkpoint,
    operations: batch.map(onTheWire),
  };
  const size = batch.reduce((sum, entry) => sum + entry.body.byteLength, 0);
  // Two kilobytes a second are left to the slowest network.
  const answer = await parts.request('POST', '/operations', { body, gzip: true, timeoutMs: 15_000 + size });
  if (!answer.ok) return answer;
  const parsed = safeParse(PushSchema, answer.data);
  if (!parsed.success || !isAnswerTo(parsed.output, batchId, batch))
    return failure('bad_answer', answer.status);
  await accept(parts, batch, parsed.output, sent);
  await parts.timekeeper.heard(parsed.output.server_time, answer);
  return null;
}

function onTheWire(entry: OutboxEntry) {
  return {
    id: entry.id,
    seq: entry.seq,
    kind: entry.kind,
    schema: entry.schema,
    captured_at: entry.capturedAt,
    offset_ms: entry.offsetMs,
    after: entry.after,
    body: base64(entry.body),
    ...(entry.keyId ? { key: entry.keyId } : {}),
  };
}

/** An answer to another batch (a proxy's old copy, A11) is no receipt for this one. */
function isAnswerTo(answer: PushAnswer, batchId: string, batch: readonly OutboxEntry[]): boolean {
  return (
    answer.batch_id === batchId &&
    answer.operations.length === batch.length &&
    answer.results.length === batch.length &&
    batch.every(({ id, seq }, at) => {
      const result = answer.results[at];
      return answer.operations[at] === id && result?.id === id && result.seq === seq;
    })
  );
}

async function accept(
  parts: PushParts,
  batch: readonly OutboxEntry[],
  answer: PushAnswer,
  sent: Set<string>,
): Promise<void> {
  const { outbox } = parts;
  const { epoch } = await outbox.meta();
  if (epoch !== null && epoch !== answer.epoch) await outbox.requeueAll(answer.epoch);
  for (const entry of batch) sent.add(entry.id);
  const outcomes = batch.map((entry, at) => outcomeOf(entry, answer.results[at] as PushResult, parts));
  await outbox.settle(outcomes, {
    epoch: answer.epoch,
    serverSeq: answer.server_seq,
    ...(answer.checkpoint ? { checkpoint: answer.checkpoint } : {}),
  });
  const gone = answer.missing.length > 0 ? await outbox.reconcile(answer.missing, sent) : [];
  await outbox.changeMeta(() => ({ missing: gone }));
}

function outcomeOf(entry: OutboxEntry, result: PushResult, parts: PushParts): Outcome {
  const { id } = entry;
  const { code, detail } = result;
  if (result.status === 'retry') {
    const attempts = entry.attempts + 1;
    const wait = Math.max((result.retry_after_s ?? 0) * 1000, backoff(attempts, parts.random));
    return { id, code, detail, attempts, notBefore: parts.now() + wait };
  }
  const receipt = { id, receivedAt: parts.now(), serverSeq: result.server_seq, attempts: 0, notBefore: 0 };
  if (result.status === 'quarantined') return { ...receipt, state: 'attention', code, detail };
  if (result.status === 'duplicate' && code === 'quarantined') {
    return { ...receipt, state: 'attention', code: entry.code || code, detail: detail || entry.detail };
  }
  return { ...receipt, state: 'delivered', code: '', detail: '' };
}

/** The server would not even take it in; it stays here, in sight, until a person tries again. */
async function putAside(parts: PushParts, batch: readonly OutboxEntry[], no: Failure): Promise<void> {
  const code = no.status === 413 ? 'too_large' : 'not_taken';
  await parts.outbox.settle(
    batch.map(({ id }) => ({ id, state: 'attention', code, detail: no.problem.detail, receivedAt: null })),
  );
}
