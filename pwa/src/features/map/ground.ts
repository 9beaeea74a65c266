import * as v from 'valibot';

/** What lies under a map, as the company has set it. */
export const GroundSchema = v.object({
  style: v.string(),
  tiles: v.string(),
  pmtiles: v.string(),
  datum: v.picklist(['wgs84', 'gcj02']),
  attribution: v.string(),
});
export type Ground = v.InferOutput<typeof GroundSchema>;

export const blankGround: Ground = { style: '', tiles: '', pmtiles: '', datum: 'wgs84', attribution: '' };
