import { ref } from 'vue';

const text = ref('');

/** What the page's one live region says now. Shown (to screen readers) by the shell. */
export { text as announcement };

/** Says something to people who do not see the screen. The same sentence twice is said twice. */
export function announce(sentence: string): void {
  text.value = text.value === sentence ? `${sentence}\u00a0` : sentence;
}
