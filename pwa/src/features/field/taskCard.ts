import * as v from 'valibot';
import { outbox } from '@/storage';
import { TasksSchema, type Task } from './tasks';

/** What the kept tasks say of a store, for a change that somebody asks for who has no card of it. */
export async function taskCard(outletId: number) {
  const kept = await outbox
    .loadDraft('field:tasks', v.object({ day: v.string(), data: TasksSchema }))
    .catch(() => null);
  const task: Task | undefined = kept?.data.find(({ outlet_id }) => outlet_id === outletId);
  if (!task) return null;
  const { outlet, outlet_en, address, latitude, longitude, contacts } = task;
  return { name: outlet, name_en: outlet_en, address, latitude, longitude, contacts };
}
