import { computed, defineComponent, h } from 'vue';
import { useRouter } from './router';

/** The page of the place. A page that two routes share stays when one goes from one to the other. */
export const RouterView = defineComponent({
  name: 'RouterView',
  setup() {
    const router = useRouter();
    const shown = computed(() => {
      const to = router.currentRoute.value;
      const [record] = to.matched;
      const page = record && router.pageOf(record);
      if (!page) return null;
      const { props } = record;
      return { page, props: typeof props === 'function' ? props(to) : props ? { ...to.params } : {} };
    });
    return () => (shown.value ? h(shown.value.page, shown.value.props) : null);
  },
});
