import { safeParse } from 'valibot';
import {
  DeviceSchema,
  failure,
  SessionSchema,
  type Answer,
  type Failure,
  type RequestFunction,
  type Session,
} from '@/api';
import type { DaybookStore } from '@/storage/daybook';
import { observable, type Observable } from '@/storage/observable';
import type { Outbox } from '@/storage/outbox';
import { recallSeq } from '@/storage/seq-cookie';
import type { Stopped } from '@/storage/types';
import type { LeaseKeys } from '@/storage/vault';
import type { Timekeeper } from './timekeeper';

export interface SessionParts {
  outbox: Outbox;
  daybook: DaybookStore;
  keys: Pick<LeaseKeys, 'belongTo' | 'clear' | 'unlock'>;
  /** This phone's public key; without one its requests are not signed. */
  publicKey?: () => Promise<string>;
  request: RequestFunction;
  timekeeper: Timekeeper;
  telemetry: () => Promise<{ persisted: boolean; standalone: boolean; user_agent: string }>;
  cookies?: { cookie: string };
}

export interface Sessions {
  /** Who is signed in on this phone, also without a network; null: nobody. */
  session: Observable<Session | null>;
  /** Whose access the company has stopped on this phone; null: nobody's. */
  stopped: Observable<Stopped | null>;
  restore(): Promise<Session | null>;
  /** Signs in and ties the session to this phone. Throws NotSaved when the phone cannot keep it. */
  signIn(login: string, password: string): Promise<{ ok: true; session: Session } | Failure>;
  /** The same by another way than a password: `ask` brings the server's answer. */
  signInBy(ask: () => Promise<Answer>): Promise<{ ok: true; session: Session } | Failure>;
  /** The book goes, the outbox stays; the server hears of it now or with the next contact. */
  signOut(): Promise<void>;
  /** The language that the server answers and writes in. */
  changeLocale(locale: 'zh-CN' | 'en'): Promise<void>;
  /** What must be done before anything is sent: a sign-out that the server has not heard, and the device. */
  ready(session: Session): Promise<Failure | null>;
  endSignOut(): Promise<void>;
}

export function createSessions(parts: SessionParts): Sessions {
  const { outbox, daybook, request, timekeeper } = parts;
  const session = observable<Session | null>(null);
  const stopped = observable<Stopped | null>(null);

  /** A new outbox beside a cookie that names another: that one was evicted, with what was in it (B8). */
  async function recall(): Promise<void> {
    const known = recallSeq(parts.cookies);
    if (!known || known.device_id === (await outbox.meta()).device) return;
    await outbox.changeMeta((meta) =>
      known.device_id === meta.device || meta.known || meta.nextSeq > 1 ? {} : { known },
    );
  }

  async function restore(): Promise<Session | null> {
    await recall();
    const meta = await outbox.meta();
    const stored = safeParse(SessionSchema, meta.session);
    stopped.set(meta.stopped);
    session.set(stored.success && !meta.signOutPending && !meta.stopped ? stored.output : null);
    return session.get();
  }

  async function keep(next: Session): Promise<void> {
    await parts.keys.belongTo(next.person.id);
    const { personId } = await daybook.versions();
    if (personId !== null && personId !== next.person.id) await daybook.drop();
    await outbox.changeMeta(() => ({
      session: next,
      signOutPending: false,
      stopped: null,
      registered: null,
      ...(next.inbox_key ? { inboxKey: next.inbox_key } : {}),
    }));
    stopped.set(null);
    session.set(next);
  }

  async function register(personId: number): Promise<Failure | null> {
    const meta = await outbox.meta();
    const unlock = parts.publicKey ? await parts.keys.unlock() : '';
    const pair = [personId, meta.device, unlock].join(' ').trim();
    if (meta.registered === pair) return null;
    const telemetry = await parts.telemetry();
    const body = {
      device_id: meta.device,
      label: labelOf(telemetry.user_agent),
      telemetry,
      known: meta.known,
      ...(parts.publicKey ? { public_key: await parts.publicKey(), unlock } : {}),
    };
    if (parts.publicKey && !meta.signs) await outbox.changeMeta(() => ({ signs: true }));
    const answer = await request('POST', '/devices', { body });
    if (!answer.ok) return answer;
    const parsed = safeParse(DeviceSchema, answer.data);
    if (!parsed.success) return failure('bad_answer', answer.status);
    const { next_seq, lost } = parsed.output;
    await outbox.changeMeta((now) => ({
      registered: pair,
      known: null,
      nextSeq: Math.max(now.nextSeq, next_seq),
      lost: lost.length > 0 ? lost : now.lost,
    }));
    return null;
  }

  return {
    session,
    stopped,
    restore,
    signIn(login, password) {
      return this.signInBy(() => request('POST', '/session', { body: { login: login.trim(), password } }));
    },
    async signInBy(ask) {
      await recall();
      const answer = await ask();
      if (!answer.ok) return answer;
      const parsed = safeParse(SessionSchema, answer.data);
      if (!parsed.success) return failure('bad_answer', answer.status);
      await keep(parsed.output);
      await timekeeper.heard(parsed.output.server_time, answer);
      await register(parsed.output.person.id);
      return { ok: true, session: parsed.output };
    },
    async signOut() {
      await outbox.flushDrafts();
      await outbox.changeMeta(() => ({ signOutPending: true, registered: null }));
      session.set(null);
      await parts.keys.clear();
      await daybook.drop();
      await this.endSignOut();
    },
    async changeLocale(locale) {
      const answer = await request('PATCH', '/session', { body: { locale } });
      const parsed = answer.ok ? safeParse(SessionSchema, answer.data) : null;
      if (!parsed?.success) return;
      await outbox.changeMeta(() => ({ session: parsed.output }));
      session.set(parsed.output);
    },
    ready: (who) => register(who.person.id),
    async endSignOut() {
      const { signOutPending } = await outbox.meta();
      if (!signOutPending) return;
      const answer = await request('DELETE', '/session');
      const isOver = answer.ok || answer.status === 401;
      if (!isOver) return;
      // Somebody may have signed in meanwhile.
      await outbox.changeMeta((meta) =>
        meta.signOutPending ? { signOutPending: false, session: null } : {},
      );
    },
  };
}

/** "Chrome · Android", enough for a person to know one phone from another. */
export function labelOf(userAgent: string): string {
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(userAgent)?.[0] ?? '';
  const browser = /Edg|Firefox|Chrome|CriOS|Safari/.exec(userAgent)?.[0] ?? '';
  return [browser, system].filter(Boolean).join(' · ').slice(0, 60) || 'phone';
}
