/** CRC-32C by a table, as the checksums of Cloud KMS are. */
export class Crc32c {
  readonly #table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ ((value & 1) === 1 ? 0x82f63b78 : 0);
    return value;
  });

  /** As JSON has 64-bit integers: a text. */
  of(bytes: Uint8Array): string {
    let sum = 0xffffffff;
    for (const byte of bytes) sum = (sum >>> 8) ^ (this.#table[(sum ^ byte) & 0xff] ?? 0);
    return String(~sum >>> 0);
  }
}
