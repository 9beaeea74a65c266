/** What a colour says. Each of the first four means one thing everywhere in the product. */
export type Tone = 'done' | 'due' | 'late' | 'stuck' | 'info' | 'neutral';
