import { computed, inject, provide, useId, type ComputedRef, type InjectionKey } from 'vue';

interface FieldFacts {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const key: InjectionKey<ComputedRef<FieldFacts>> = Symbol('field');

export function provideField(facts: ComputedRef<FieldFacts>): void {
  provide(key, facts);
}

/** What ties a control to the field around it: `v-bind` it to the native element. */
export function useControl() {
  const field = inject(key, null);
  const ownId = useId();
  return computed(() => ({
    id: field?.value.id ?? ownId,
    'aria-describedby': field?.value.describedBy,
    'aria-invalid': field?.value.invalid || undefined,
    'aria-required': field?.value.required || undefined,
  }));
}
