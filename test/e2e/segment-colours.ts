import { vi } from 'vitest';

/** Returns the colour of a segment, computed by Neuroglancer's own function, as red, green, blue from 0 to 255. */
export async function segmentColour(id: bigint): Promise<readonly number[]> {
  // The module names constants of this class when it is loaded. None of them affects colours.
  vi.stubGlobal('WebGL2RenderingContext', vi.fn());
  const { SegmentColorHash } = await import('neuroglancer/unstable/segment_color.js');
  return Array.from(SegmentColorHash.getDefault().compute(new Float32Array(3), id), (part) =>
    Math.round(part * 255),
  );
}
