import type { Component } from 'vue';

export interface RouteMeta {
  /** Text key of the page's name, for the window's title. */
  titleKey?: string;
  /** The frame around the page; `phone` by default. `bare` has no tabs. */
  layout?: 'phone' | 'desk' | 'bare';
  /** Shows the tabs below. Screens with an action bar of their own are calmer without. */
  tabs?: boolean;
  /** Open without signing in. */
  open?: boolean;
  /** Serves while the book is locked, too: shows nothing of it. */
  shut?: boolean;
}

export type Params = Readonly<Record<string, string>>;

/** Where one is, or wants to go. Without a match `matched` is empty. */
export interface RouteLocation {
  name: string | undefined;
  path: string;
  fullPath: string;
  hash: string;
  params: Params;
  /** Of a name that comes twice, the first value. */
  query: Params;
  meta: RouteMeta;
  matched: readonly RouteRecord[];
}

type Values = Readonly<Record<string, string | number | null | undefined>>;

/** An address; or a route's name (else the one on screen) with its places filled in. */
export type Target =
  string | { path: string; query?: Values } | { name?: string; params?: Values; query?: Values };

/** What a guard says: go on (nothing or true), or go there instead. */
export type Verdict = true | Target | undefined;
// A guard that only waits for something (texts) answers nothing.
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type
export type Guard = (to: RouteLocation, from: RouteLocation) => Verdict | Promise<Verdict | void> | void;

type Page = Component | (() => Promise<{ default: Component }>);

export interface RouteRecord {
  /** `/visit/:outletId(\\d+)/:step?`: a place in braces of its own pattern, `?` for one that may be missing. */
  path: string;
  name?: string;
  redirect?: string;
  /** A function is a lazy page. */
  component?: Page;
  /** Whether the places become the page's properties, or which properties it gets. */
  props?: boolean | ((to: RouteLocation) => Record<string, unknown>);
  beforeEnter?: Guard;
  /** Other routes that take this one's place when it is first wanted: a part of the app that has pages of its own. */
  more?: () => Promise<readonly RouteRecord[]>;
  meta?: RouteMeta;
}

export interface Position {
  left: number;
  top: number;
}

export type Scroll = { el: string } | Partial<Position> | undefined;

/** Where to scroll after a change of page; nothing leaves it. */
export type ScrollBehavior = (
  to: RouteLocation,
  from: RouteLocation,
  saved: Position | null,
) => Scroll | Promise<Scroll>;
