import { SegmentationRenderLayer } from 'neuroglancer/unstable/sliceview/volume/segmentation_renderlayer.js';

/**
 * Neuroglancer draws the lowest layer as if nothing could be seen through it, so that segments of a segmentation without
 * an image below all look alike, selected or not. Drawn like a higher layer, over black, those that aren't selected are
 * dim.
 */
export function dimUnselectedSegments(): void {
  const { prototype } = SegmentationRenderLayer;
  const { setGLBlendMode } = prototype;
  prototype.setGLBlendMode = function (gl, renderLayerNum) {
    setGLBlendMode.call(this, gl, Math.max(renderLayerNum, 1));
  };
}
