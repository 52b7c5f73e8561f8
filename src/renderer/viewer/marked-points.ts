import { makeLayer } from 'neuroglancer/unstable/layer/index.js';
import type { Viewer } from 'neuroglancer/unstable/viewer.js';
import type { Vec3 } from '../../shared/base/vec3';

const LAYER = 'Marked';

/** The shape that two points mark as its ends or its opposite corners. */
export type MarkedShape = 'line' | 'box';

/** Neuroglancer's names of the shapes. */
const ANNOTATIONS = { line: 'line', box: 'axis_aligned_bounding_box' } as const;

/** Collects two points from clicks while a shape is being marked, and draws it. */
export class MarkedPoints {
  private points: Vec3[] = [];
  private shape: MarkedShape | undefined;

  /** @param report gets the points, in voxels; none when the first click is awaited */
  constructor(
    private readonly viewer: Viewer,
    private readonly report: (points: readonly Vec3[]) => void,
  ) {
    viewer.display.container.addEventListener('click', () => this.handleClick());
  }

  /** Begins to mark a shape. Without one, marking ends and the drawn shape is removed. */
  mark(shape: MarkedShape | undefined): void {
    this.shape = shape;
    this.points = [];
    this.viewer.display.container.style.cursor = shape === undefined ? '' : 'crosshair';
    this.erase();
    if (shape !== undefined) this.report([]);
  }

  private handleClick(): void {
    const { shape } = this;
    if (shape === undefined) return;
    const { mouseState } = this.viewer;
    if (!mouseState.updateUnconditionally()) return;
    const [x, y, z] = mouseState.position;
    if (x === undefined || y === undefined || z === undefined) return;
    this.points = this.points.length === 2 ? [[x, y, z]] : [...this.points, [x, y, z]];
    this.erase();
    const [start, end] = this.points;
    if (start !== undefined && end !== undefined) this.draw(shape, start, end);
    this.report(this.points);
  }

  private draw(shape: MarkedShape, pointA: Vec3, pointB: Vec3): void {
    const { layerSpecification, coordinateSpace } = this.viewer;
    const { names, scales, units } = coordinateSpace.value;
    const outputDimensions = Object.fromEntries(names.map((name, i) => [name, [scales[i], units[i]]]));
    const layer = makeLayer(layerSpecification, LAYER, {
      type: 'annotation',
      source: { url: 'local://annotations', transform: { outputDimensions } },
      annotations: [{ type: ANNOTATIONS[shape], id: 'marked', pointA, pointB }],
      annotationColor: '#ffe000',
    });
    layerSpecification.add(layer);
  }

  private erase(): void {
    const { layerManager } = this.viewer;
    const layer = layerManager.getLayerByName(LAYER);
    if (layer !== undefined) layerManager.removeManagedLayer(layer);
  }
}
