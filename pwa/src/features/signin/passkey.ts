/**
 * The browser's side of passkeys. An authenticator with the PRF extension also derives a secret, which locks the book on
 * a phone: it is handed to the caller and taken out of everything that is sent.
 */
export interface Assertion {
  /** For the server: WebAuthn's own JSON, without the secret. */
  credential: Record<string, unknown>;
  /** What the authenticator derived from `salt`; null when it cannot, or when none was asked for. */
  secret: ArrayBuffer | null;
}

export interface NewPasskey {
  credential: Record<string, unknown>;
  /** Whether the authenticator can derive secrets. */
  prf: boolean;
}

export function canUsePasskeys(): boolean {
  return (
    'PublicKeyCredential' in globalThis &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
    globalThis.isSecureContext
  );
}

/** Makes a passkey; null when the person says no. */
export async function makePasskey(options: Record<string, unknown>): Promise<NewPasskey | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  publicKey.extensions = { ...publicKey.extensions, prf: {} };
  const made = await answered(() => navigator.credentials.create({ publicKey }));
  if (!made) return null;
  return { credential: withoutSecrets(made), prf: made.getClientExtensionResults().prf?.enabled === true };
}

/** Asks for a passkey; null when the person says no. `salt`: what a secret is to be derived from. */
export async function askPasskey(
  options: Record<string, unknown>,
  salt?: Uint8Array<ArrayBuffer>,
): Promise<Assertion | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  if (salt) publicKey.extensions = { ...publicKey.extensions, prf: { eval: { first: salt } } };
  const got = await answered(() => navigator.credentials.get({ publicKey }));
  if (!got) return null;
  return { credential: withoutSecrets(got), secret: secretOf(got.getClientExtensionResults().prf?.results) };
}

function secretOf(results: AuthenticationExtensionsPRFValues | undefined): ArrayBuffer | null {
  const first = results?.first;
  if (!first) return null;
  if (first instanceof ArrayBuffer) return first;
  return new Uint8Array(first.buffer, first.byteOffset, first.byteLength).slice().buffer;
}

/** `toJSON()` carries the secret in its extension results. */
export function withoutSecrets(credential: PublicKeyCredential): Record<string, unknown> {
  const words = credential.toJSON() as Record<string, unknown>;
  return { ...words, clientExtensionResults: {} };
}

async function answered(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    const credential = await ask();
    return credential instanceof PublicKeyCredential ? credential : null;
  } catch (error) {
    // NotAllowedError: cancelled, or too late; InvalidStateError: this authenticator has one already.
    if (error instanceof DOMException) return null;
    throw error;
  }
}
