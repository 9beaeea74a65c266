export { createClient, failure, onSignedOut, request, signRequests } from './client';
export type { Answer, Failure, Method, Prover, RequestFunction, RequestOptions, Success } from './client';
export * from './schemas';
