import type { Feature } from 'geojson';
import { onBeforeUnmount, onMounted, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { ask } from '@/features/desk/ask';
import { toGcj02 } from '@/features/today/gcj02';
import { theme } from '@/ui/theme';
import type * as Drawing from './drawn-map';
import { blankGround, GroundSchema, type Ground } from './ground';
import { lookOf } from './look';

export type Point = [longitude: number, latitude: number];
type Layer = keyof typeof Drawing.layers;
interface Placed {
  latitude: number | null;
  longitude: number | null;
}

export interface MapParts {
  place: Readonly<Ref<HTMLElement | null>>;
  /** Read out for the canvas. */
  label: () => string;
  /** Puts everything on the map, when it has opened and when it is asked to. */
  draw: (map: OpenMap) => void;
  /** A point of the layer `stores` was tapped; `id` is its feature's property. */
  choose: (id: number) => void;
}

export interface OpenMap {
  /** Where the ground has a place: mainland basemaps are shifted, and what lies on them with them. */
  positionOf(placed: Placed): Point | null;
  pointsOf(all: readonly Placed[]): Point[];
  show(layer: Layer, features: Feature[]): void;
  /** Shows all points; given `about`, once for each of those, so that a refresh leaves the map where it is. */
  fit(points: readonly Point[], about?: string): void;
  /** Where a point is drawn, px from the map's upper left corner. */
  project(point: Point): { x: number; y: number };
}

export interface UsedMap {
  state: Readonly<ShallowRef<'loading' | 'ready' | 'failed'>>;
  /** Does it with the map, where there is one. */
  withMap(deed: (map: OpenMap) => void): void;
}

/** A map of a page: opened on the company's ground, drawn in the theme's colours, closed with the page. */
export function useMap(parts: MapParts): UsedMap {
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading');
  let opened: { map: Drawing.MapLibre; drawing: typeof Drawing } | null = null;
  let ground: Ground = blankGround;
  let fitted = '';
  let isGone = false;

  const view: OpenMap = {
    positionOf: ({ latitude, longitude }) => {
      if (latitude === null || longitude === null) return null;
      const shown = ground.datum === 'gcj02' ? toGcj02({ latitude, longitude }) : { latitude, longitude };
      return [shown.longitude, shown.latitude];
    },
    pointsOf: (all) => all.map(view.positionOf).filter((point) => point !== null),
    show(layer, features) {
      opened?.drawing.show(opened.map, opened.drawing.layers[layer], features);
    },
    fit(points, about) {
      if (points.length === 0 || (about !== undefined && about === fitted)) return;
      fitted = about ?? fitted;
      const xs = points.map(([x]) => x);
      const ys = points.map(([, y]) => y);
      opened?.map.fitBounds(
        [
          [Math.min(...xs), Math.min(...ys)],
          [Math.max(...xs), Math.max(...ys)],
        ],
        { padding: 40, animate: false, maxZoom: 15 },
      );
    },
    project: (point) => opened?.map.project(point) ?? { x: 0, y: 0 },
  };

  async function open(): Promise<void> {
    if (!parts.place.value) return;
    state.value = 'loading';
    const [answer, drawing] = await Promise.all([
      ask(GroundSchema, 'GET', '/plans/ground'),
      import('./drawn-map'),
    ]);
    if (isGone || !parts.place.value) return;
    if (answer.ok) ground = answer.data;
    let map: Drawing.MapLibre;
    try {
      map = await drawing.openMap(parts.place.value, ground, lookOf(parts.place.value), parts.label());
    } catch {
      state.value = 'failed';
      return;
    }
    if (isGone) return map.remove();
    map.on('click', drawing.layers.stores, (event) => {
      const id: unknown = event.features?.[0]?.properties['id'];
      if (typeof id === 'number') parts.choose(id);
    });
    opened = { map, drawing };
    state.value = 'ready';
    parts.draw(view);
  }

  onMounted(() => void open());
  onBeforeUnmount(() => {
    isGone = true;
    opened?.map.remove();
  });
  // The map knows no custom properties: another theme is another map.
  watch(theme, () => {
    opened?.map.remove();
    opened = null;
    fitted = '';
    void open();
  });
  return {
    state,
    withMap(deed) {
      if (opened) deed(view);
    },
  };
}
