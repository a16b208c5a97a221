/** The Castagnoli polynomial with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** CRC-32C (RFC 3720, appendix B.4), with which Cloud KMS guards what it is sent and what it sends. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
