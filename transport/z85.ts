/**
 * Z85: bytes as printable characters, five for four (ZeroMQ RFC 32). 32 bytes of a key are 40 characters.
 */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** `bytes`: a multiple of four. */
export function encodeZ85(bytes: Uint8Array): string {
  let text = '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 4) {
    let group = '';
    for (let rest = view.getUint32(at), i = 0; i < 5; i++, rest = Math.floor(rest / 85)) {
      group = alphabet[rest % 85] + group;
    }
    text += group;
  }
  return text;
}

/** The bytes, or undefined if `text` is not Z85. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined;
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 5) {
    let group = 0;
    for (const digit of text.slice(at, at + 5)) {
      const value = alphabet.indexOf(digit);
      if (value === -1) return undefined;
      group = group * 85 + value;
    }
    if (group > 0xffff_ffff) return undefined;
    view.setUint32((at / 5) * 4, group);
  }
  return bytes;
}
