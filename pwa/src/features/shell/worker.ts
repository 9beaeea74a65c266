interface WorkerScriptPolicy {
  createScriptURL(url: string): string;
}

interface TrustedTypesFactory {
  createPolicy(name: string, rules: WorkerScriptPolicy): WorkerScriptPolicy;
}

const script = '/sw.js';

/** The service worker's address, blessed by the policy `sw` where the browser asks for that (Trusted Types). */
export function workerUrl(host: object = window): string {
  if (!('trustedTypes' in host)) return script;
  const factory = host.trustedTypes as TrustedTypesFactory;
  const policy = factory.createPolicy('sw', { createScriptURL: allowOurScript });
  return policy.createScriptURL(script);
}

function allowOurScript(url: string): string {
  if (url !== script) throw new TypeError('Only the service worker of this app may be registered.');
  return url;
}
