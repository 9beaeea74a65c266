import type { Component } from 'vue';
import StepOrder from './StepOrder.vue';
import StepPresent from './StepPresent.vue';
import StepThank from './StepThank.vue';

/** The screens after the count, by the key of their step. */
export const laterSteps: Readonly<Record<string, Component>> = {
  present: StepPresent,
  order: StepOrder,
  thank: StepThank,
};
