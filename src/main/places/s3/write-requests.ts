/** Size of a part. Objects that are larger than this are sent in parts. */
export const S3_PART_BYTES = 8 << 20;

/** Returns the number of requests that write an object: one, or one for each part plus two to begin and complete. */
export function writeRequests(bytes: number): number {
  return bytes <= S3_PART_BYTES ? 1 : 2 + Math.ceil(bytes / S3_PART_BYTES);
}
