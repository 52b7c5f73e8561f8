import type { Vec3 } from '../../shared/base/vec3';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import {
  sceneOfVolume,
  viewerLink,
  type ViewerLayout,
  type ViewerScene,
} from '../../shared/precomputed/viewer-link';
import { parseVolumeInfo, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { absoluteUrl } from '../hosts/host';
import type { StudioClient } from '../hosts/studio-client';
import type { ViewerEvent } from '../viewer/protocol';
import { ViewerClient } from '../viewer/viewer-client';

/** A segment as the table shows it. */
export interface SegmentRow {
  readonly id: string;
  readonly voxels: number;
  readonly name: string;
}

/** So many of the largest segments are selected at first, so that there is something to see in 3-d. */
const SELECTED_AT_FIRST = 5;

/** A dataset open in Neuroglancer: what is shown, what is selected, and the segments there are. */
export class Preview {
  info = $state.raw<VolumeInfo>();
  name = $state('');
  unfinished = $state(false);
  error = $state.raw<StudioError>();
  status = $state<'loading' | 'loaded' | 'failed'>('loading');
  statusMessage = $state<string>();
  layout = $state<ViewerLayout>('4panel');
  selected = $state.raw<readonly string[]>([]);
  hovered = $state<string>();
  position = $state.raw<Vec3>();
  segments = $state.raw<readonly SegmentRow[]>();
  segmentsError = $state.raw<StudioError>();
  /** The scale at which segments were counted; 0 is exact. */
  countedScale = $state(0);
  private viewer: ViewerClient | undefined;
  private scene: ViewerScene | undefined;

  constructor(
    private readonly client: StudioClient,
    readonly path: string,
  ) {}

  async open(): Promise<void> {
    try {
      const { url, info, name, unfinished, ranges } = await this.client.preview.open({ path: this.path });
      this.info = parseVolumeInfo(info, name);
      this.name = name;
      this.unfinished = unfinished;
      this.scene = { ...sceneOfVolume(this.info, absoluteUrl(url), name), ranges };
      this.show();
      if (this.info.type === 'segmentation' && !unfinished) await this.count();
    } catch (error) {
      this.error = toStudioError(error);
    }
  }

  /** Connects to the viewer's document once it is loaded. */
  attach(frame: HTMLIFrameElement): void {
    this.viewer?.close();
    this.viewer = new ViewerClient(frame, (event) => this.handle(event));
    this.show();
  }

  close(): void {
    this.viewer?.close();
  }

  /** Asks for everything anew while the dataset is still being written. */
  refresh(): void {
    this.viewer?.send({ type: 'reload' });
  }

  select(ids: readonly string[]): void {
    this.selected = ids;
    this.viewer?.send({ type: 'set-segments', segments: ids });
  }

  toggle(id: string): void {
    this.select(
      this.selected.includes(id) ? this.selected.filter((other) => other !== id) : [...this.selected, id],
    );
  }

  /** Shows a place inside a segment. @returns false where none is found */
  async goTo(id: string): Promise<boolean> {
    const { position } = await this.client.preview.locate({ path: this.path, id });
    if (position === undefined) return false;
    const [x, y, z] = position;
    this.viewer?.send({ type: 'set-position', position: [x + 0.5, y + 0.5, z + 0.5] });
    return true;
  }

  setLayout(layout: ViewerLayout): void {
    this.layout = layout;
    this.viewer?.send({ type: 'set-layout', layout });
  }

  setControls(visible: boolean): void {
    this.viewer?.send({ type: 'set-controls', visible });
  }

  async screenshot(): Promise<Blob | undefined> {
    return this.viewer?.screenshot();
  }

  /** A link to what is shown now, for where the dataset is served from this machine. */
  link(viewerUrl: string): string | undefined {
    if (this.scene === undefined) return undefined;
    const { position, selected, layout } = this;
    const scene = { ...this.scene, layout, segments: selected };
    return viewerLink(position === undefined ? scene : { ...scene, position }, viewerUrl);
  }

  private show(): void {
    if (this.viewer === undefined || this.scene === undefined) return;
    const { layout, selected } = this;
    this.viewer.send({ type: 'show', scene: { ...this.scene, layout, segments: selected } });
  }

  private async count(): Promise<void> {
    try {
      const { ids, voxels, names, countedScale } = await this.client.preview.segments({ path: this.path });
      this.segments = ids.map((id, i) => ({ id, voxels: voxels[i] ?? 0, name: names?.[i] ?? '' }));
      this.countedScale = countedScale;
      if (this.selected.length === 0)
        this.select(this.segments.slice(0, SELECTED_AT_FIRST).map(({ id }) => id));
    } catch (error) {
      this.segmentsError = toStudioError(error);
    }
  }

  private handle(event: ViewerEvent): void {
    switch (event.type) {
      case 'status':
        this.status = event.status;
        this.statusMessage = event.message;
        return;
      case 'view':
        this.position = event.position;
        this.layout = event.layout ?? this.layout;
        this.selected = event.segments;
        return;
      case 'hover':
        this.hovered = event.segment;
        return;
      case 'ready':
      case 'screenshot':
        return;
    }
  }
}
