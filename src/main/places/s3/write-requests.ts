/** What is larger is sent in parts, each of so many bytes. */
export const S3_PART_BYTES = 8 << 20;

/** Requests that write an object of so many bytes to S3: one, or a part each, and two that begin and end them. */
export function writeRequests(bytes: number): number {
  return bytes <= S3_PART_BYTES ? 1 : 2 + Math.ceil(bytes / S3_PART_BYTES);
}
