import * as v from 'valibot';

/** What the desk's answers look like (server/schemas); the phone's are in src/api/schemas.ts. */
const whole = v.pipe(v.number(), v.safeInteger());
const degrees = v.nullable(v.number());

export const TerritorySchema = v.object({
  id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  timezone: v.string(),
});
export const TruckSchema = v.object({ id: whole, plate: v.string(), capacity_cases: v.nullable(whole) });
export const PersonSchema = v.object({
  id: whole,
  login: v.string(),
  name: v.string(),
  name_en: v.string(),
  locale: v.string(),
  status: v.string(),
  roles: v.array(v.string()),
  territories: v.optional(v.array(whole), []),
});
export type Person = v.InferOutput<typeof PersonSchema>;

export const HolderSchema = v.object({
  id: whole,
  route_id: whole,
  role: v.string(),
  holder_id: whole,
  holder: v.string(),
  starts_at: v.string(),
  ends_at: v.nullable(v.string()),
  kind: v.string(),
});
export type Holder = v.InferOutput<typeof HolderSchema>;

export const RouteSchema = v.object({
  id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  territory_id: whole,
  version: whole,
  truck_weekdays: v.array(whole),
  holders: v.array(HolderSchema),
  stops_by_weekday: v.array(whole),
});
export type Route = v.InferOutput<typeof RouteSchema>;

export const StopSchema = v.object({
  id: whole,
  outlet_id: whole,
  code: v.string(),
  name: v.string(),
  address: v.string(),
  outlet_class: v.string(),
  latitude: degrees,
  longitude: degrees,
  weekday: whole,
  weeks: whole,
  phase: whole,
  sequence: whole,
  planned_minute: v.nullable(whole),
  valid_from: v.string(),
  valid_to: v.nullable(v.string()),
});
export type PlannedStop = v.InferOutput<typeof StopSchema>;

export const RoutePlanSchema = v.object({
  route: RouteSchema,
  day: v.string(),
  stops: v.array(StopSchema),
  assignments: v.array(HolderSchema),
});
export type RoutePlan = v.InferOutput<typeof RoutePlanSchema>;

const DraftStopSchema = v.object({ outlet_id: whole, sequence: whole, planned_minute: whole });
export const OrderedSchema = v.object({
  stops: v.array(DraftStopSchema),
  metres_before: whole,
  metres_after: whole,
});
export const DraftSchema = v.object({
  routes: v.array(
    v.object({
      outlets: whole,
      metres: whole,
      days: v.array(v.object({ weekday: whole, stops: v.array(DraftStopSchema) })),
    }),
  ),
});
export type Draft = v.InferOutput<typeof DraftSchema>;

export const OutletSchema = v.object({
  id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  chain: v.string(),
  outlet_class: v.string(),
  address: v.string(),
  latitude: degrees,
  longitude: degrees,
  status: v.string(),
  territory_id: v.nullable(whole),
});
export type Outlet = v.InferOutput<typeof OutletSchema>;
export const OutletPageSchema = v.object({
  outlets: v.array(OutletSchema),
  total: whole,
  offset: whole,
  limit: whole,
});
export const ChainSchema = v.object({ chain: v.string(), outlets: whole, unrouted: whole });

const FaultSchema = v.object({
  row: v.optional(v.nullable(whole)),
  field: v.string(),
  rule: v.string(),
  message: v.string(),
});
export const ImportSchema = v.object({
  id: whole,
  kind: v.string(),
  file_name: v.string(),
  state: v.string(),
  created_at: v.string(),
  confirmed_at: v.nullable(v.string()),
  person: v.nullable(v.string()),
  crs: v.string(),
  territory_id: v.nullable(whole),
  headings: v.array(v.string()),
  fields: v.array(v.string()),
  mapping: v.record(v.string(), v.string()),
  ignored_headings: v.array(v.string()),
  rows: whole,
  accepted: whole,
  rejected: whole,
  duplicates: whole,
  notes: v.array(FaultSchema),
});
export type Import = v.InferOutput<typeof ImportSchema>;
export const ImportPreviewSchema = v.object({ ...ImportSchema.entries, errors: v.array(FaultSchema) });
export const ImportRowsSchema = v.object({
  total: whole,
  offset: whole,
  rows: v.array(
    v.object({
      row: whole,
      state: v.string(),
      cells: v.array(v.string()),
      values: v.record(v.string(), v.unknown()),
      duplicate_of: v.string(),
      findings: v.array(v.object({ ...FaultSchema.entries, severity: v.string() })),
    }),
  ),
});
export type ImportRow = v.InferOutput<typeof ImportRowsSchema>['rows'][number];

export const ProposalsSchema = v.array(
  v.object({
    proposal: v.object({
      id: v.string(),
      proposed_at: v.string(),
      name: v.string(),
      address: v.string(),
      outlet_class: v.string(),
      latitude: degrees,
      longitude: degrees,
      accuracy_m: v.nullable(v.number()),
      note: v.string(),
      status: v.string(),
    }),
    person: v.string(),
    near: v.array(
      v.object({
        id: whole,
        code: v.string(),
        name: v.string(),
        address: v.string(),
        distance_m: whole,
        kind: v.string(),
      }),
    ),
  }),
);
export type ProposalView = v.InferOutput<typeof ProposalsSchema>[number];

export const LoadSheetsSchema = v.array(
  v.object({
    route_id: v.nullable(whole),
    route: v.string(),
    truck: v.string(),
    day: v.string(),
    driver: v.string(),
    lines: v.array(
      v.object({
        sku_id: whole,
        code: v.string(),
        name: v.string(),
        name_en: v.string(),
        pieces: whole,
        cases: whole,
        units: whole,
      }),
    ),
    drops: v.array(
      v.object({
        delivery_id: v.string(),
        outlet_id: v.nullable(whole),
        outlet: v.string(),
        address: v.string(),
        status: v.string(),
        pieces: whole,
      }),
    ),
  }),
);
export type LoadSheet = v.InferOutput<typeof LoadSheetsSchema>[number];

export const QuarantineSchema = v.object({
  operations: v.array(
    v.object({
      id: v.string(),
      seq: whole,
      kind: v.string(),
      person_name: v.string(),
      captured_at: v.string(),
      received_at: v.string(),
      code: v.string(),
      detail: v.string(),
      body: v.unknown(),
      raw: v.string(),
      others: v.array(v.unknown()),
    }),
  ),
});
export type Quarantined = v.InferOutput<typeof QuarantineSchema>['operations'][number];

export const OrdersToReviewSchema = v.array(
  v.object({
    id: v.string(),
    day: v.string(),
    delivery_day: v.string(),
    outlet: v.string(),
    outlet_en: v.string(),
    person: v.string(),
    person_en: v.string(),
    total_minor: whole,
    reasons: v.array(v.string()),
    lines: v.array(
      v.object({
        code: v.string(),
        name: v.string(),
        name_en: v.string(),
        pack: whole,
        quantity: whole,
        piece_minor: whole,
        listed_minor: v.nullable(whole),
      }),
    ),
  }),
);
export type OrderToReview = v.InferOutput<typeof OrdersToReviewSchema>[number];
