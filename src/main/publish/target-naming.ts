/**
 * How gzipped objects are kept at a target:
 * - headers: named without `.gz`, with a Content-Encoding of their own (object stores);
 * - gz-suffix: named `.gz`, for web servers that serve `x` from `x.gz`;
 * - unzipped: as the bytes themselves, for any web server.
 */
export type TargetNaming = 'headers' | 'gz-suffix' | 'unzipped';
