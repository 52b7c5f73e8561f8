import { SegmentationRenderLayer } from 'neuroglancer/unstable/sliceview/volume/segmentation_renderlayer.js';

/**
 * Dims unselected segments of a segmentation that has no image below it. Neuroglancer draws the lowest layer as
 * opaque, so that selected and unselected segments look the same there. This draws it as it does a higher layer, over
 * black.
 */
export function dimUnselectedSegments(): void {
  const { prototype } = SegmentationRenderLayer;
  const { setGLBlendMode } = prototype;
  prototype.setGLBlendMode = function (gl, renderLayerNum) {
    setGLBlendMode.call(this, gl, Math.max(renderLayerNum, 1));
  };
}
