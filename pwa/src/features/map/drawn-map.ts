import {
  AttributionControl,
  Map as MapLibre,
  NavigationControl,
  addProtocol,
  setWorkerUrl,
} from 'maplibre-gl';
import type { GeoJSONSource, StyleSpecification } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Feature, FeatureCollection } from 'geojson';
import { Protocol } from 'pmtiles';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Ground } from './ground';

interface Trusting {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): unknown;
}

let isReady = false;

/** Names the map's worker, and blesses its address and no other where the browser asks for that (Trusted Types). */
function prepare(): void {
  if (isReady) return;
  isReady = true;
  const address = new URL(workerUrl, location.href).href;
  if ('trustedTypes' in window) {
    (window.trustedTypes as Trusting).createPolicy('default', {
      createScriptURL: (url) => {
        if (new URL(url, location.href).href !== address) throw new TypeError('Only the map has a worker.');
        return url;
      },
    });
  }
  setWorkerUrl(workerUrl);
  addProtocol('pmtiles', new Protocol().tile);
}

export interface Look {
  paper: string;
  ink: string;
  line: string;
}

/** The map's ground: the style that is configured, tiles, a PMTiles file, or a clean blank sheet with labels. */
function styleOf(ground: Ground, look: Look): string | StyleSpecification {
  if (ground.style) return ground.style;
  const blank: StyleSpecification = {
    version: 8,
    sources: {},
    layers: [{ id: 'paper', type: 'background', paint: { 'background-color': look.paper } }],
  };
  if (ground.tiles || ground.pmtiles) {
    blank.sources['ground'] = ground.tiles
      ? { type: 'raster', tiles: [ground.tiles], tileSize: 256, attribution: ground.attribution }
      : { type: 'raster', url: `pmtiles://${ground.pmtiles}`, attribution: ground.attribution };
    blank.layers.push({ id: 'ground', type: 'raster', source: 'ground' });
  }
  return blank;
}

export const layers = { stores: 'board-stores', way: 'board-way' } as const;

/** Opens a map with empty layers for stores and a day's way. Rejects where the browser cannot draw one. */
export function openMap(
  container: HTMLElement,
  ground: Ground,
  look: Look,
  label: string,
): Promise<MapLibre> {
  prepare();
  return new Promise((resolve, reject) => {
    const map = new MapLibre({
      container,
      style: styleOf(ground, look),
      center: [114.17, 22.32],
      zoom: 11,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      localIdeographFontFamily: 'sans-serif',
    });
    map.getCanvas().setAttribute('aria-label', label);
    map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    if (ground.attribution) map.addControl(new AttributionControl({ compact: true }));
    map.once('error', (event) => {
      if (!map.isStyleLoaded()) reject(event.error);
    });
    map.once('load', () => {
      addLayers(map, look);
      resolve(map);
    });
  });
}

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] };

function addLayers(map: MapLibre, look: Look): void {
  map.addSource(layers.way, { type: 'geojson', data: nothing });
  map.addSource(layers.stores, { type: 'geojson', data: nothing });
  map.addLayer({
    id: layers.way,
    type: 'line',
    source: layers.way,
    paint: { 'line-color': ['get', 'colour'], 'line-width': 2, 'line-opacity': 0.7 },
  });
  map.addLayer({
    id: layers.stores,
    type: 'circle',
    source: layers.stores,
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 2.5, 13, 6, 16, 9],
      'circle-color': ['get', 'colour'],
      'circle-opacity': ['get', 'opacity'],
      'circle-stroke-width': ['case', ['get', 'chosen'], 3, ['get', 'moved'], 2, 0.5],
      'circle-stroke-color': ['case', ['get', 'chosen'], look.ink, ['get', 'moved'], look.ink, look.paper],
    },
  });
  map.addLayer({
    id: 'board-names',
    type: 'symbol',
    source: layers.stores,
    minzoom: 13.5,
    layout: { 'text-field': ['get', 'name'], 'text-size': 12, 'text-offset': [0, 1.1], 'text-anchor': 'top' },
    paint: { 'text-color': look.ink, 'text-halo-color': look.paper, 'text-halo-width': 1.5 },
  });
}

export function show(map: MapLibre, layer: string, features: Feature[]): void {
  const source = map.getSource(layer) as GeoJSONSource | undefined;
  source?.setData({ type: 'FeatureCollection', features });
}

export type { MapLibre };
