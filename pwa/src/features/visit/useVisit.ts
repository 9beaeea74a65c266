import { computed, inject, onScopeDispose, provide, reactive, ref, toRaw, type InjectionKey } from 'vue';
import { now } from '@/domain/clock';
import type { Outbox } from '@/storage/outbox';
import { NotSaved, type Fix, type NotSavedReason, type SavedOperation } from '@/storage/types';
import { afterPaint } from './after-paint';
import { stepAfter, type VisitDraft } from './draft';
import { locate, presence } from './locate';
import { draftKey, type OpenedVisit } from './opening';
import { choicesOf } from './ordering';
import { visitBody, whatIsMissing } from './record';

export type Visit = ReturnType<typeof makeVisit>;

const key: InjectionKey<Visit> = Symbol('visit');

/** The visit on screen, for the components of its steps. */
export function useVisit(): Visit {
  const visit = inject(key);
  if (!visit) throw new Error('useVisit() is for what stands inside a VisitPage');
  return visit;
}

/** Called by the page: holds the visit's state, keeps every change, and hands it to the steps. */
export function provideVisit(opened: OpenedVisit, outbox: Outbox): Visit {
  const visit = makeVisit(opened, outbox);
  provide(key, visit);
  return visit;
}

export function makeVisit(opened: OpenedVisit, outbox: Outbox) {
  const { setting } = opened;
  const draft = reactive(opened.draft) as VisitDraft;
  const storedUnder = draftKey(draft);
  /** The draft could not be kept: the rep is told at once, not at the end. */
  const notKept = ref<NotSavedReason | null>(null);
  const notSaved = ref<NotSavedReason | null>(null);
  /** Said on the step where an interrupted visit goes on, and not again. */
  const saysResumed = ref(opened.resumed);
  const isSaving = ref(false);
  const isSaved = ref(false);
  const isLocating = ref(false);
  let isOver = false;
  let cancelWrite: (() => void) | undefined;
  let here: Promise<Fix | null> | null = null;
  let out: Fix | null = null;

  function dropWaiting(): void {
    cancelWrite?.();
    cancelWrite = undefined;
  }

  async function write(): Promise<void> {
    dropWaiting();
    if (isOver) return;
    try {
      await outbox.saveDraft(storedUnder, toRaw(draft));
      notKept.value = null;
    } catch (error) {
      notKept.value = error instanceof NotSaved ? error.reason : 'unknown';
    }
  }

  /** Every change goes through here. It is kept once it has been painted: a tap never waits for that. */
  function edit(change: (draft: VisitDraft) => void): void {
    change(draft);
    cancelWrite ??= afterPaint(() => void write());
  }

  /** On the disk before this resolves: before the camera opens, and when the page is put away (B19). */
  async function keep(): Promise<void> {
    const written = write();
    await outbox.flushDrafts();
    await written;
  }

  function go(step: string): void {
    saysResumed.value = false;
    edit((draft) => (draft.step = step));
  }

  function next(): void {
    go(stepAfter(setting.template, draft, draft.step));
  }

  async function checkIn(): Promise<void> {
    if (draft.in.fix) return;
    isLocating.value = true;
    const fix = await locate();
    isLocating.value = false;
    if (fix) edit((draft) => (draft.in = presence(draft.in.at, fix, setting.facts.position)));
  }

  /** Begins to look for the place of the check-out, so that finishing need not wait for it. */
  function lookAround(): void {
    here ??= locate().then((fix) => (out = fix));
  }

  /** One operation with its photos; the draft goes in the same transaction. null: it was NOT SAVED, and stays. */
  async function finish(): Promise<SavedOperation | null> {
    if (isSaving.value || isSaved.value) return null;
    isSaving.value = true;
    notSaved.value = null;
    dropWaiting();
    try {
      const body = visitBody(toRaw(draft), setting, presence(isoNow(), out, setting.facts.position));
      const saved = await outbox.saveOperation('visit.record', body, {
        id: draft.operationId,
        photos: draft.photos.map((photo) => photo.id),
        dropDraft: storedUnder,
      });
      isOver = true;
      isSaved.value = true;
      return saved;
    } catch (error) {
      notSaved.value = error instanceof NotSaved ? error.reason : 'unknown';
      void write();
      return null;
    } finally {
      isSaving.value = false;
    }
  }

  /** The rep opened it by mistake: nothing of it stays. */
  async function discard(): Promise<void> {
    isOver = true;
    dropWaiting();
    await Promise.all(draft.photos.map((photo) => outbox.deletePhoto(photo.id)));
    await outbox.deleteDraft(storedUnder);
  }

  const choices = computed(() => choicesOf(draft, setting.facts.skus, setting.factor));
  const missing = computed(() => whatIsMissing(draft, setting));

  const putAway = (event: Event) => {
    if (event.type === 'pagehide' || document.visibilityState === 'hidden') void keep();
  };
  document.addEventListener('visibilitychange', putAway);
  window.addEventListener('pagehide', putAway);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', putAway);
    window.removeEventListener('pagehide', putAway);
    if (cancelWrite) void keep();
  });

  return {
    draft,
    setting,
    brands: opened.brands,
    timezone: opened.timezone,
    saysResumed,
    outbox,
    choices,
    missing,
    notKept,
    notSaved,
    isSaving,
    isSaved,
    isLocating,
    edit,
    keep,
    go,
    next,
    checkIn,
    lookAround,
    finish,
    discard,
  };
}

function isoNow(): string {
  return new Date(now()).toISOString();
}
