import * as v from 'valibot';

/** A leaver's case as the desk reads it (server/schemas/departures.py). */
const whole = v.pipe(v.number(), v.safeInteger());

export const CaseSchema = v.object({
  id: whole,
  person_id: whole,
  person: v.string(),
  person_en: v.string(),
  status: v.string(),
  reason: v.string(),
  last_day: v.string(),
  mode: v.picklist(['freeze_now', 'serving_notice']),
  state: v.picklist(['open', 'planned', 'closed', 'undone']),
  opened_by: v.string(),
  opened_by_en: v.string(),
  opened_by_id: whole,
  opened_at: v.string(),
  undo_until: v.string(),
  stores: whole,
  waiting: whole,
});
export type Case = v.InferOutput<typeof CaseSchema>;

export const ProposalSchema = v.object({
  id: whole,
  kind: v.picklist(['hire', 'spread', 'cascade']),
  version_id: whole,
  made_at: v.string(),
  figures: v.object({
    stores: whole,
    moved: whole,
    receivers: whole,
    travel_before: v.number(),
    travel_after: v.number(),
    balance: v.number(),
    over: whole,
    weekdays_kept: v.number(),
    familiarity: v.nullable(v.number()),
    cost: v.nullable(v.number()),
    bound: v.nullable(v.number()),
    gap: v.nullable(v.number()),
  }),
});
export type Proposal = v.InferOutput<typeof ProposalSchema>;

export const DetailSchema = v.object({
  case: CaseSchema,
  words: v.string(),
  held: v.object({
    routes: v.array(v.object({ route_id: whole, code: v.string(), role: v.string() })),
    classes: v.record(v.string(), whole),
    open_orders: whole,
    deliveries: whole,
    promises: whole,
    assets: whole,
    complaints: whole,
    tasks: whole,
    orders_minor: whole,
    asset_kinds: v.record(v.string(), whole),
    only_they: whole,
    contacts_only_they: whole,
    value_minor: whole,
  }),
  activity: v.array(
    v.object({
      kind: v.string(),
      count: whole,
      before: whole,
      peers: v.nullable(v.number()),
      level: v.picklist(['usual', 'above_own', 'above_peers', 'far_above']),
    }),
  ),
  holds_from: v.nullable(v.string()),
  plan_id: v.nullable(whole),
  job_id: v.nullable(whole),
  accepted_proposal: v.nullable(whole),
  checklist: v.array(v.object({ item: v.string(), done: v.boolean(), left: whole })),
  proposals: v.array(ProposalSchema),
});
export type Detail = v.InferOutput<typeof DetailSchema>;

/** Stores that at most one person visited in 180 days, the dearest first. */
export const KnownBySchema = v.array(
  v.object({
    outlet_id: whole,
    code: v.string(),
    name: v.string(),
    name_en: v.string(),
    outlet_class: v.string(),
    value_minor: whole,
    visits: whole,
    person_id: v.nullable(whole),
    person: v.string(),
    person_en: v.string(),
    last_visit_at: v.nullable(v.string()),
  }),
);
export type KnownBy = v.InferOutput<typeof KnownBySchema>[number];

/** Who visited a store in 180 days. */
export const KnowsSchema = v.array(
  v.object({
    person_id: whole,
    person: v.string(),
    person_en: v.string(),
    status: v.string(),
    visits: whole,
    last_visit_at: v.string(),
  }),
);

export const StoresSchema = v.array(
  v.object({
    outlet_id: whole,
    place: whole,
    code: v.string(),
    name: v.string(),
    name_en: v.string(),
    outlet_class: v.string(),
    route: v.string(),
    value_minor: whole,
    open_orders: whole,
    deliveries: whole,
    promises: whole,
    assets: whole,
    known_by: whole,
    last_visit_at: v.nullable(v.string()),
    receiver_id: v.nullable(whole),
    receiver: v.string(),
    receiver_en: v.string(),
    due: v.nullable(v.string()),
    state: v.string(),
    words: v.string(),
    skipped: v.array(v.tuple([v.string(), v.string()])),
  }),
);
export type Store = v.InferOutput<typeof StoresSchema>[number];

export const HandoverJobSchema = v.object({
  id: whole,
  state: v.string(),
  progress: whole,
  words: v.string(),
});
export type HandoverJob = v.InferOutput<typeof HandoverJobSchema>;
