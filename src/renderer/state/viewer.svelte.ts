import type { Vec3 } from '../../shared/base/vec3';
import type { ShownLayer, ShownLayout, ViewerEvent, ViewerRequest } from '../viewer/protocol';
import { ViewerClient } from '../viewer/viewer-client';
import type { ViewerState } from './scene-state';

/** Slow machines and connections need time to load the viewer. A longer silence is reported. */
const SILENCE_MS = 10_000;

/**
 * The only Neuroglancer of the page. It takes seconds to start, so it lives as long as the page does and shows every
 * preview.
 */
export class Viewer {
  /** 'silent': it has not sent 'ready' in time, but still may. */
  status = $state<'starting' | 'silent' | 'no-webgl' | 'loading' | 'loaded' | 'failed'>('starting');
  message = $state<string>();
  layout = $state<ShownLayout>('4panel');
  layers = $state.raw<readonly ShownLayer[]>([]);
  hovered = $state<string>();
  position = $state.raw<Vec3>();
  /** What is shown, once the viewer has sent it. */
  state = $state.raw<ViewerState>();
  /** The shape for which clicks mark two points: a line to measure, a box to export. */
  marking = $state<'line' | 'box'>();
  /** The marked points, in voxels; undefined until the viewer awaits clicks, which do something else before. */
  marked = $state.raw<readonly Vec3[]>();
  /** Whether Neuroglancer shows its own controls as well. */
  hasControls = $state(false);
  /** Increases while files are dragged over the viewer, as the page itself gets no events then. */
  drags = $state(0);
  private client: ViewerClient | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private wanted: ViewerState | undefined;
  /** What the user has changed since another scene was announced. */
  private changes: ViewerState | undefined;

  /** Reports a silence of the viewer, whose document is being loaded from now on and may never come. */
  expect(): void {
    this.silence ??= setTimeout(() => {
      if (this.status === 'starting') this.status = 'silent';
    }, SILENCE_MS);
  }

  /** Connects to the viewer's document once it is loaded. */
  attach(frame: HTMLIFrameElement): void {
    // Some browsers fire the load event again after a download from the frame.
    if (this.client !== undefined) return;
    this.client = new ViewerClient(frame, (event) => this.handle(event));
    // The user may have asked for all of this before there was a viewer.
    if (this.wanted !== undefined) this.client.show(this.wanted);
    if (this.marking !== undefined) this.mark(this.marking);
    if (this.hasControls) this.showControls(true);
  }

  /** Announces a scene that is being opened. What the user changes until it is shown is changed in that scene. */
  announce(): void {
    this.changes = {};
    if (this.marking !== undefined) this.mark(undefined);
  }

  show(scene: ViewerState): void {
    const state = { ...scene, ...this.changes };
    this.wanted = state;
    this.changes = undefined;
    this.state = undefined;
    this.layers = [];
    this.hovered = undefined;
    this.message = undefined;
    if (this.status === 'loaded' || this.status === 'failed') this.status = 'loading';
    this.client?.show(state);
    // The viewer has dropped the shape. Its points are marked again, as the scene may be the same with more data.
    if (this.marking !== undefined) this.mark(this.marking);
  }

  /** What is shown, or is about to be. */
  get current(): ViewerState | undefined {
    return this.state ?? this.wanted;
  }

  setLayout(layout: ShownLayout): void {
    // The viewer decides which sections are side by side, as it knows what it shows.
    if (layout !== 'side-by-side' && this.changeNext({ layout })) this.layout = layout;
    else this.send({ type: 'set-layout', layout });
  }

  mark(shape: 'line' | 'box' | undefined): void {
    this.marking = shape;
    this.marked = undefined;
    this.send({ type: 'mark', ...(shape === undefined ? {} : { shape }) });
  }

  showControls(visible: boolean): void {
    this.hasControls = visible;
    this.send({ type: 'set-controls', visible });
  }

  /** Moves the view to a position in voxels. */
  goTo(position: Vec3): void {
    if (!this.changeNext({ position })) this.send({ type: 'set-position', position });
  }

  /**
   * Changes the state that is shown next. A scene that is shown already is only shown again with the change, so that
   * the viewer must be asked to make it now.
   * @returns whether another scene is about to be shown
   */
  private changeNext(change: ViewerState): boolean {
    if (this.changes !== undefined) this.changes = { ...this.changes, ...change };
    else if (this.state !== undefined) this.state = { ...this.state, ...change };
    else if (this.wanted !== undefined) this.show({ ...this.wanted, ...change });
    return this.state === undefined || this.changes !== undefined;
  }

  send(request: Exclude<ViewerRequest, { type: 'show' | 'screenshot' }>): void {
    this.client?.send(request);
  }

  async screenshot(scale: number): Promise<Blob | undefined> {
    return this.client?.screenshot(scale);
  }

  private handle(event: ViewerEvent): void {
    switch (event.type) {
      case 'ready':
        this.status = 'loading';
        return;
      case 'no-webgl':
        this.status = 'no-webgl';
        return;
      case 'status':
        this.status = event.status;
        this.message = event.message;
        return;
      case 'view':
        this.position = event.position;
        this.layout = event.layout ?? this.layout;
        this.layers = event.layers;
        this.state = event.state;
        return;
      case 'hover':
        this.hovered = event.segment;
        return;
      case 'marked':
        this.marked = event.points;
        return;
      case 'drag':
        this.drags++;
        return;
      case 'screenshot':
        return;
    }
  }
}
