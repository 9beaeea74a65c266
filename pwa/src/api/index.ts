export { createClient, failure, onSignedOut, request } from './client';
export type { Answer, Failure, Method, RequestFunction, RequestOptions, Success } from './client';
export * from './schemas';
