import 'vue-router';

declare module 'vue-router' {
  interface RouteMeta {
    /** Text key of the page's name, for the window's title. */
    titleKey?: string;
    /** The frame around the page; `phone` by default. `bare` has no tabs. */
    layout?: 'phone' | 'desk' | 'bare';
    /** Shows the tabs below. Screens with an action bar of their own are calmer without. */
    tabs?: boolean;
    /** Open without signing in. */
    open?: boolean;
  }
}
