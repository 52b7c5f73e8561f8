/** The package has no types for this module. */
declare module 'neuroglancer/unstable/datasource/precomputed/frontend.js' {
  /** @throws an Error that says what is wrong */
  export function parseMultiscaleVolumeInfo(json: unknown): unknown;
}
