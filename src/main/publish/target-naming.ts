/**
 * How gzipped objects are stored at a target:
 * - headers: named without `.gz`, each with its own Content-Encoding (object stores);
 * - gz-suffix: named with `.gz`, for web servers that serve `x` from `x.gz`;
 * - unzipped: without compression, for any web server.
 */
export type TargetNaming = 'headers' | 'gz-suffix' | 'unzipped';
