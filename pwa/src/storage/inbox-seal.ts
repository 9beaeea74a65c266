import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';

/**
 * HPKE (RFC 9180), base mode, one message: only the server's private key opens it, and nothing on this phone does. What
 * the operation is stands in `info`, so that no body can be put under another's name.
 */
export async function sealToServer(
  publicKey: string,
  info: string,
  packed: ArrayBuffer,
): Promise<ArrayBuffer> {
  const suite = new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  const point = Uint8Array.from(atob(publicKey), (letter) => letter.charCodeAt(0));
  const recipientPublicKey = await suite.kem.deserializePublicKey(point.buffer);
  const words = new TextEncoder().encode(info);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: words.buffer });
  const sealed = new Uint8Array(await sender.seal(packed));
  const whole = new Uint8Array(sender.enc.byteLength + sealed.length);
  whole.set(new Uint8Array(sender.enc));
  whole.set(sealed, sender.enc.byteLength);
  return whole.buffer;
}
