import type { ManagedUserLayer } from 'neuroglancer/unstable/layer/index.js';
import { setDefaultInputEventBindings } from 'neuroglancer/unstable/ui/default_input_event_bindings.js';
import { makeDefaultViewer } from 'neuroglancer/unstable/ui/default_viewer.js';
import { bigintToStringJsonReplacer } from 'neuroglancer/unstable/util/json.js';
import { getCachedJson } from 'neuroglancer/unstable/util/trackable.js';
import { VIEWER_LAYOUTS, viewerState, type ViewerScene } from '../../shared/precomputed/viewer-link';
import type { ViewerEvent, ViewerRequest } from './protocol';
import { selectedSegments, selectSegments, watchHover } from './segmentation-layer';

const VIEW_INTERVAL_MS = 150;

/** Neuroglancer, told what to show by requests and telling of changes by events. */
export class NeuroglancerView {
  private readonly viewer = makeDefaultViewer({
    showLayerDialog: false,
    resetStateWhenEmpty: false,
    showTopBar: false,
    showLayerPanel: false,
  });
  private viewTimer: number | undefined;
  private lastView = '';
  private lastStatus = '';
  private readonly watchedLayers = new WeakSet<object>();

  constructor(private readonly send: (event: ViewerEvent) => void) {
    const { viewer } = this;
    setDefaultInputEventBindings(viewer.inputEventBindings);
    viewer.state.changed.add(() => this.scheduleView());
    viewer.layerManager.layersChanged.add(() => this.handleLayersChanged());
    viewer.display.updateFinished.add(() => this.sendStatus());
    viewer.screenshotHandler.sendScreenshotRequested.add(({ screenshot }) => {
      const bytes = Uint8Array.from(atob(screenshot.image), (character) => character.charCodeAt(0));
      const png = new Blob([bytes], { type: screenshot.imageType });
      this.send({ type: 'screenshot', id: screenshot.id, png });
    });
  }

  handle(request: ViewerRequest): void {
    switch (request.type) {
      case 'show':
        return this.show(request.scene);
      case 'set-segments':
        for (const layer of this.userLayers()) selectSegments(layer, request.segments);
        return;
      case 'set-position':
        this.viewer.position.value = Float32Array.from(request.position);
        return;
      case 'set-layout':
        this.viewer.layout.restoreState(request.layout);
        return;
      case 'set-controls':
        this.viewer.uiConfiguration.showTopBar.value = request.visible;
        this.viewer.uiConfiguration.showLayerPanel.value = request.visible;
        return;
      case 'reload':
        void this.reload();
        return;
      case 'screenshot':
        this.viewer.screenshotHandler.requestState.value = request.id;
        return;
    }
  }

  private show(scene: ViewerScene): void {
    this.lastStatus = '';
    this.viewer.state.reset();
    this.viewer.state.restoreState({ ...viewerState(scene), showAxisLines: false });
    this.sendStatus();
  }

  private async reload(): Promise<void> {
    const sources = await this.viewer.chunkQueueManager.getStatistics();
    for (const source of sources.keys()) source.invalidateCache();
  }

  private userLayers() {
    return this.viewer.layerManager.managedLayers.flatMap(({ layer }) => layer ?? []);
  }

  private handleLayersChanged(): void {
    for (const layer of this.userLayers()) {
      if (this.watchedLayers.has(layer)) continue;
      this.watchedLayers.add(layer);
      watchHover(layer, (segment) => {
        this.send(segment === undefined ? { type: 'hover' } : { type: 'hover', segment });
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
    const { managedLayers } = this.viewer.layerManager;
    const message = managedLayers.map(loadError).find((error) => error !== undefined);
    if (message !== undefined) return { type: 'status', status: 'failed', message };
    const loaded = managedLayers.length > 0 && this.viewer.isReady();
    return { type: 'status', status: loaded ? 'loaded' : 'loading' };
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
    const layout = VIEWER_LAYOUTS.find((name) => name === state['layout']);
    this.send({
      type: 'view',
      ...(x === undefined || y === undefined || z === undefined ? {} : { position: [x, y, z] as const }),
      ...(layout === undefined ? {} : { layout }),
      segments: this.userLayers().flatMap(selectedSegments),
      state,
    });
  }
}

/** Why a layer can't be shown, where that is so. */
function loadError({ layer }: ManagedUserLayer): string | undefined {
  for (const { loadState } of layer?.dataSources ?? []) {
    if (loadState?.error !== undefined) return loadState.error.message;
  }
  return undefined;
}
