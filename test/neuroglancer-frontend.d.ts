/** The package has no types for these modules. */
declare module 'neuroglancer/unstable/datasource/precomputed/frontend.js' {
  /** @throws an Error that says what is wrong */
  export function parseMultiscaleVolumeInfo(json: unknown): unknown;
}

declare module 'neuroglancer/unstable/datasource/boss/frontend.js' {
  export function getDataSource(
    chunkManager: unknown,
    server: string,
    credentials: unknown,
    path: string,
    options: unknown,
  ): Promise<{
    readonly modelTransform: {
      readonly inputSpace: {
        readonly scales: Float64Array;
        readonly bounds: { readonly upperBounds: Float64Array };
      };
    };
    readonly subsources: readonly {
      readonly subsource: {
        readonly volume?: {
          readonly dataType: number;
          readonly scales: readonly { readonly imageSize: Iterable<number> }[];
        };
      };
    }[];
  }>;
}

declare module 'neuroglancer/unstable/datasource/boss/backend.js' {
  export const BossVolumeChunkSource: {
    readonly prototype: { download(chunk: unknown, signal: AbortSignal): Promise<void> };
  };
}

declare module 'neuroglancer/unstable/sliceview/backend_chunk_decoders/bossNpz.js' {
  export function decodeBossNpzChunk(chunk: unknown, signal: AbortSignal, bytes: ArrayBuffer): Promise<void>;
}

declare module 'neuroglancer/unstable/sliceview/base.js' {
  export const DataType: Readonly<Record<string, number>>;
}
