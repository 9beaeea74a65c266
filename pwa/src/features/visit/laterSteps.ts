import type { Component } from 'vue';
import StepCount from './StepCount.vue';
import StepGreet from './StepGreet.vue';
import StepOrder from './StepOrder.vue';
import StepPresent from './StepPresent.vue';
import StepThank from './StepThank.vue';
import './count.css';
import './order.css';

/** The screens after the first one, by the key of their step. */
export const laterSteps: Readonly<Record<string, Component>> = {
  greet: StepGreet,
  count: StepCount,
  present: StepPresent,
  order: StepOrder,
  thank: StepThank,
};
