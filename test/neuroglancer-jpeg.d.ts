/** The package has no types for this module. */
declare module 'neuroglancer/unstable/third_party/jpgjs/jpg.js' {
  export class JpegDecoder {
    readonly width: number;
    readonly height: number;
    readonly numComponents: number;
    /** @throws an Error that says what is wrong */
    parse(bytes: Uint8Array): void;
    getData(width: number, height: number, forceRgb: boolean): Uint8Array;
  }
}
