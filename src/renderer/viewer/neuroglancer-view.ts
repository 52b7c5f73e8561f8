import type { ManagedUserLayer } from 'neuroglancer/unstable/layer/index.js';
import { setDefaultInputEventBindings } from 'neuroglancer/unstable/ui/default_input_event_bindings.js';
import { makeDefaultViewer } from 'neuroglancer/unstable/ui/default_viewer.js';
import { bigintToStringJsonReplacer } from 'neuroglancer/unstable/util/json.js';
import { getCachedJson } from 'neuroglancer/unstable/util/trackable.js';
import { VIEWER_LAYOUTS } from '../../shared/precomputed/viewer-link';
import { ignoreLateChunks } from './late-chunks';
import { describeLayer, setLayer } from './layer-controls';
import { MarkedPoints } from './marked-points';
import { isSideBySide, sideBySide } from './side-by-side';
import type { ViewerEvent, ViewerRequest } from './protocol';
import { colourSegment, selectSegments, watchHover } from './segmentation-layer';
import { takePicture } from './take-picture';

const VIEW_INTERVAL_MS = 150;

/** A Neuroglancer that shows what requests ask for, and reports changes by events. */
export class NeuroglancerView {
  private readonly viewer = makeDefaultViewer({
    showLayerDialog: false,
    resetStateWhenEmpty: false,
    showTopBar: false,
    showLayerPanel: false,
  });
  private readonly marked = new MarkedPoints(this.viewer, (points) =>
    this.send({ type: 'marked', scene: this.scene, points: [...points] }),
  );
  /** The number of the scene that is shown; 0 before the first one. */
  private scene = 0;
  private viewTimer: number | undefined;
  private lastView = '';
  private lastStatus = '';
  private readonly watchedLayers = new WeakSet<object>();

  constructor(private readonly send: (event: ViewerEvent) => void) {
    const { viewer } = this;
    ignoreLateChunks(viewer.chunkManager.rpc);
    setDefaultInputEventBindings(viewer.inputEventBindings);
    viewer.state.changed.add(() => this.scheduleView());
    viewer.layerManager.layersChanged.add(() => this.handleLayersChanged());
    viewer.display.updateFinished.add(() => this.sendStatus());
  }

  handle(request: ViewerRequest): void {
    switch (request.type) {
      case 'show':
        return this.show(request.scene, request.state);
      case 'set-segments': {
        const layer = this.viewer.layerManager.getLayerByName(request.layer)?.layer;
        if (layer) selectSegments(layer, request.segments);
        return;
      }
      case 'set-colour': {
        const layer = this.viewer.layerManager.getLayerByName(request.layer)?.layer;
        if (layer) colourSegment(layer, request.segment, request.colour);
        return;
      }
      case 'set-layer': {
        const layer = this.viewer.layerManager.getLayerByName(request.layer);
        if (layer) setLayer(layer, request);
        return;
      }
      case 'set-position':
        this.viewer.position.value = Float32Array.from(request.position);
        return;
      case 'set-layout':
        this.viewer.layout.restoreState(
          request.layout === 'side-by-side'
            ? sideBySide(this.viewer.layerManager.managedLayers)
            : request.layout,
        );
        return;
      case 'mark':
        return this.marked.mark(request.shape);
      case 'set-controls':
        this.viewer.uiConfiguration.showTopBar.value = request.visible;
        this.viewer.uiConfiguration.showLayerPanel.value = request.visible;
        return;
      case 'reload':
        return this.reload();
      case 'screenshot':
        void this.sendPicture(request.id, request.scale);
        return;
    }
  }

  private show(scene: number, state: Readonly<Record<string, unknown>>): void {
    this.scene = scene;
    // The page forgets what it was sent before, so everything is sent again, even if the same scene is shown.
    this.lastStatus = '';
    this.lastView = '';
    this.viewer.state.reset();
    this.viewer.state.restoreState({ showAxisLines: false, ...state });
    this.sendStatus();
    this.scheduleView();
  }

  private async sendPicture(id: string, scale: number): Promise<void> {
    this.send({ type: 'screenshot', id, png: await takePicture(this.viewer, scale) });
  }

  private reload(): void {
    // Sources that a layer has just released are missing here, and must not be called.
    const { objects } = this.viewer.chunkManager.rpc as unknown as { objects: ReadonlyMap<number, unknown> };
    for (const object of objects.values()) if (isChunkSource(object)) object.invalidateCache();
  }

  private userLayers() {
    return this.viewer.layerManager.managedLayers.flatMap(({ layer }) => layer ?? []);
  }

  private handleLayersChanged(): void {
    for (const layer of this.userLayers()) {
      if (this.watchedLayers.has(layer)) continue;
      this.watchedLayers.add(layer);
      watchHover(layer, (segment) => {
        const { scene } = this;
        this.send({ type: 'hover', scene, ...(segment === undefined ? {} : { segment }) });
      });
    }
    this.sendStatus();
  }

  private sendStatus(): void {
    const event = this.status();
    const text = JSON.stringify(event);
    if (text === this.lastStatus) return;
    this.lastStatus = text;
    this.send(event);
  }

  private status(): ViewerEvent {
    const { scene } = this;
    const { managedLayers } = this.viewer.layerManager;
    const message = managedLayers.map(loadError).find((error) => error !== undefined);
    if (message !== undefined) return { type: 'status', scene, status: 'failed', message };
    const loaded = managedLayers.length > 0 && this.viewer.isReady();
    return { type: 'status', scene, status: loaded ? 'loaded' : 'loading' };
  }

  private scheduleView(): void {
    this.viewTimer ??= window.setTimeout(() => {
      this.viewTimer = undefined;
      this.sendView();
    }, VIEW_INTERVAL_MS);
  }

  private sendView(): void {
    const text = JSON.stringify(getCachedJson(this.viewer.state).value, bigintToStringJsonReplacer);
    if (text === this.lastView) return;
    this.lastView = text;
    const state = JSON.parse(text) as Record<string, unknown>;
    const [x, y, z] = this.viewer.position.value;
    const layout = isSideBySide(state['layout'])
      ? 'side-by-side'
      : VIEWER_LAYOUTS.find((name) => name === state['layout']);
    this.send({
      type: 'view',
      scene: this.scene,
      ...(x === undefined || y === undefined || z === undefined ? {} : { position: [x, y, z] as const }),
      ...(layout === undefined ? {} : { layout }),
      layers: this.viewer.layerManager.managedLayers.map(describeLayer),
      state,
    });
  }
}

/** The used part of Neuroglancer's ChunkSource, for which its package has no type declarations. */
interface ChunkSource {
  invalidateCache(): void;
}

function isChunkSource(object: unknown): object is ChunkSource {
  return typeof object === 'object' && object !== null && 'invalidateCache' in object;
}

/** Returns why a layer can't be shown; undefined if it can. */
function loadError({ layer }: ManagedUserLayer): string | undefined {
  for (const { loadState } of layer?.dataSources ?? []) {
    if (loadState?.error !== undefined) return loadState.error.message;
  }
  return undefined;
}
