import { makeLayer } from 'neuroglancer/unstable/layer/index.js';
import type { Viewer } from 'neuroglancer/unstable/viewer.js';
import type { Vec3 } from '../../shared/base/vec3';

const LAYER = 'Measured line';

/** Takes clicks for the ends of a line while it is on, and draws the line. */
export class LineMeasure {
  private points: Vec3[] = [];
  private isOn = false;

  /** @param tell gets the ends, in voxels */
  constructor(
    private readonly viewer: Viewer,
    private readonly tell: (points: readonly Vec3[]) => void,
  ) {
    viewer.display.container.addEventListener('click', () => this.handleClick());
  }

  turn(isOn: boolean): void {
    this.isOn = isOn;
    this.points = [];
    this.viewer.display.container.style.cursor = isOn ? 'crosshair' : '';
    if (!isOn) this.removeLine();
  }

  private handleClick(): void {
    if (!this.isOn) return;
    const { mouseState } = this.viewer;
    if (!mouseState.updateUnconditionally()) return;
    const [x, y, z] = mouseState.position;
    if (x === undefined || y === undefined || z === undefined) return;
    this.points = this.points.length === 2 ? [[x, y, z]] : [...this.points, [x, y, z]];
    this.removeLine();
    const [start, end] = this.points;
    if (start !== undefined && end !== undefined) this.drawLine(start, end);
    this.tell(this.points);
  }

  private drawLine(pointA: Vec3, pointB: Vec3): void {
    const { layerSpecification, coordinateSpace } = this.viewer;
    const { names, scales, units } = coordinateSpace.value;
    const outputDimensions = Object.fromEntries(names.map((name, i) => [name, [scales[i], units[i]]]));
    const layer = makeLayer(layerSpecification, LAYER, {
      type: 'annotation',
      source: { url: 'local://annotations', transform: { outputDimensions } },
      annotations: [{ type: 'line', id: 'measured', pointA, pointB }],
      annotationColor: '#ffe000',
    });
    layerSpecification.add(layer);
  }

  private removeLine(): void {
    const { layerManager } = this.viewer;
    const layer = layerManager.getLayerByName(LAYER);
    if (layer !== undefined) layerManager.removeManagedLayer(layer);
  }
}
