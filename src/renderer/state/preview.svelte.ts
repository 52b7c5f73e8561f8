import { vec3, type Vec3 } from '../../shared/base/vec3';
import { InvalidInputError, toStudioError, type StudioError } from '../../shared/base/errors';
import { alignmentFindings, type AlignmentFinding } from '../../shared/precomputed/alignment';
import {
  distinctNames,
  layerName,
  sceneOfVolumes,
  stateLink,
  type ViewerScene,
} from '../../shared/precomputed/viewer-link';
import { parseVolumeInfo, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { absoluteUrl } from '../hosts/host';
import type { StudioClient } from '../hosts/studio-client';
import { layersOf, publishedState, sceneState, type ViewerState } from './scene-state';
import type { Viewer } from './viewer.svelte';

/** A row of the segment table. */
export interface SegmentRow {
  readonly id: string;
  readonly voxels: number;
  readonly name: string;
}

/** A dataset that is shown. */
export interface PreviewLayer {
  /** Folder or address of the dataset. */
  readonly path: string;
  readonly name: string;
  readonly info: VolumeInfo;
  readonly unfinished: boolean;
}

/** Datasets that are open in Neuroglancer as layers: what is shown, what is selected, and the list of segments. */
export class Preview {
  name = $state('');
  /** The datasets to show. */
  wanted = $state.raw<readonly { readonly path: string; readonly name?: string }[]>([]);
  layers = $state.raw<readonly PreviewLayer[]>([]);
  error = $state.raw<StudioError>();
  /** Layers that couldn't be opened while others could. */
  missing = $state.raw<readonly { readonly path: string; readonly error: StudioError }[]>([]);
  alignment = $state.raw<readonly AlignmentFinding[]>([]);
  /** The layer whose segments are listed. */
  listed = $state<string>();
  segments = $state.raw<readonly SegmentRow[]>();
  segmentsError = $state.raw<StudioError>();
  /** The scale at which segments were counted; 0 is exact. */
  countedScale = $state(0);
  private scene: ViewerScene | undefined;
  /** Whether something else is shown instead, so that nothing may be changed here any more. */
  isClosed = $state(false);
  private generation = 0;

  constructor(
    private readonly client: StudioClient,
    readonly viewer: Viewer,
    /** The id of the project that is shown; absent for a single dataset. */
    readonly projectId?: string,
  ) {}

  static ofDataset(client: StudioClient, viewer: Viewer, path: string): Preview {
    const preview = new Preview(client, viewer);
    preview.name = path.split(/[/\\]/).at(-1) ?? path;
    preview.wanted = [{ path }];
    return preview;
  }

  get unfinished(): boolean {
    return this.layers.some(({ unfinished }) => unfinished);
  }

  /** The listed layer as the viewer shows it. */
  get shown() {
    return this.viewer.layers.find(({ name }) => name === this.listed);
  }

  get selected(): readonly string[] {
    return this.shown?.segments ?? [];
  }

  /**
   * Opens all layers. If it is called again, it keeps the view and adds data that has been written since.
   *
   * @param view the state to keep, by default that which is shown
   */
  async open(view?: ViewerState): Promise<void> {
    const generation = ++this.generation;
    if (generation === 1) this.viewer.announce();
    const stored = this.scene === undefined ? await this.loadProject() : undefined;
    if (this.error !== undefined && this.wanted.length === 0) return;
    const { wanted } = this;
    const found = await Promise.all(wanted.map(({ path }) => this.openLayer(path)));
    if (generation !== this.generation || this.isClosed) return;
    const opened = found.flatMap(({ opened }) => opened ?? []);
    this.missing = found.flatMap(({ path, error }) => (error === undefined ? [] : [{ path, error }]));
    const [problem] = this.missing;
    if (opened.length === 0) {
      this.error = problem?.error;
      return;
    }
    this.error = undefined;
    const names = distinctNames(
      opened.map(({ path, name }) => wanted.find((each) => each.path === path)?.name ?? name),
    );
    const volumes = opened.map((each, i) => ({ ...each, name: names[i] ?? each.name }));
    // The view is taken over as late as possible, as the user may change it while layers are opened.
    const before = view ?? (this.scene === undefined ? stored : this.viewer.current);
    // A dataset that is complete by now has segments to select, which it did not have before.
    const selectsIfNone = this.unfinished;
    this.layers = volumes.map(({ path, name, info, unfinished }) => ({ path, name, info, unfinished }));
    this.alignment = alignmentFindings(volumes);
    this.scene = sceneOfVolumes(
      volumes.map(({ info, name, datasetUrl, ranges, segments, segmentColours }) => ({
        info,
        name,
        datasetUrl,
        ranges,
        segments,
        segmentColours,
      })),
    );
    this.viewer.show(sceneState(this.scene, before, selectsIfNone));
    const labels = volumes.findLast(({ info }) => info.type === 'segmentation');
    await this.list(labels?.name);
  }

  close(): void {
    this.isClosed = true;
  }

  /** Loads the layers of a project, and returns the state in which it was last viewed. */
  private async loadProject(): Promise<ViewerState | undefined> {
    if (this.projectId === undefined) return undefined;
    const project = (await this.client.projects.list()).find(({ id }) => id === this.projectId);
    if (project === undefined) {
      this.error = new InvalidInputError('There is no such project; it may have been removed.');
      return undefined;
    }
    this.name = project.name;
    this.wanted = project.layers;
    return project.state;
  }

  /** Saves the current view of a project. */
  async keep(): Promise<void> {
    if (this.projectId !== undefined && !this.isClosed && this.scene !== undefined)
      await this.save(this.projectId);
  }

  /**
   * Shows one more dataset, above or below the others.
   *
   * @returns the id of the project that holds them all
   */
  async addLayer(path: string): Promise<string> {
    const { name } = await this.client.preview.open({ path });
    return this.addExpected(path, name);
  }

  /** Adds a dataset that may not exist yet. It is shown as soon as there is something of it. */
  async addExpected(path: string, name: string): Promise<string> {
    const before = this.wanted.map((layer) => ({ path: layer.path, name: this.nameOf(layer) }));
    const names = distinctNames([...before.map((layer) => layer.name), name]);
    this.wanted = [...before, { path, name: names.at(-1) ?? name }];
    if (this.projectId === undefined) this.name = `${layerName(this.name)} + ${name}`.slice(0, 200);
    const id = this.projectId ?? crypto.randomUUID();
    await this.save(id);
    if (this.projectId !== undefined) await this.open();
    return id;
  }

  /**
   * Takes a layer out of a project. Its dataset stays.
   *
   * @returns a function that puts it back as it was
   */
  async removeLayer(name: string): Promise<() => Promise<void>> {
    const { projectId, wanted } = this;
    const removed = wanted.find((layer) => this.nameOf(layer) === name);
    const state = this.viewer.current ?? {};
    const at = layersOf(state).findIndex((layer) => layer.name === name);
    const [shown] = layersOf(state).slice(at);
    if (projectId === undefined || removed === undefined || shown === undefined)
      throw new InvalidInputError(`${name} can't be taken out.`);
    this.wanted = wanted.filter((layer) => layer !== removed);
    await this.save(projectId, state);
    await this.open();
    return async () => {
      this.wanted = this.wanted.toSpliced(wanted.indexOf(removed), 0, removed);
      // The viewer may show something else by now.
      const now = this.isClosed ? state : (this.viewer.current ?? state);
      const others = layersOf(now).filter((layer) => layer.name !== name);
      const again = { ...now, layers: others.toSpliced(at, 0, shown) };
      await this.save(projectId, again);
      await this.open(again);
    };
  }

  private async save(id: string, state = this.viewer.current): Promise<void> {
    const layers = this.wanted.map((layer) => ({ path: layer.path, name: this.nameOf(layer) }));
    await this.client.projects.save({
      id,
      name: this.name,
      layers,
      ...(state === undefined ? {} : { state: { ...state } }),
    });
  }

  private nameOf({ path, name }: (typeof this.wanted)[number]): string {
    return name ?? this.layers.find((layer) => layer.path === path)?.name ?? path;
  }

  /** Lists the segments of a layer. */
  async list(name: string | undefined): Promise<void> {
    this.listed = name;
    this.segments = undefined;
    this.segmentsError = undefined;
    const layer = this.layers.find((each) => each.name === name);
    if (layer === undefined || layer.unfinished) return;
    try {
      const { ids, voxels, names, countedScale } = await this.client.preview.segments({ path: layer.path });
      if (this.listed !== name) return;
      this.segments = ids.map((id, i) => ({ id, voxels: voxels[i] ?? 0, name: names?.[i] ?? '' }));
      this.countedScale = countedScale;
    } catch (error) {
      if (this.listed === name) this.segmentsError = toStudioError(error);
    }
  }

  select(segments: readonly string[]): void {
    if (this.listed !== undefined) this.viewer.send({ type: 'set-segments', layer: this.listed, segments });
  }

  toggle(id: string): void {
    const { selected } = this;
    this.select(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id]);
  }

  /** Gives a segment a colour (`#rrggbb`), or its own again. */
  colour(segment: string, colour?: string): void {
    if (this.listed === undefined) return;
    const chosen = colour === undefined ? {} : { colour };
    this.viewer.send({ type: 'set-colour', layer: this.listed, segment, ...chosen });
  }

  showOnlySelected(onlySelected: boolean): void {
    if (this.listed !== undefined) this.viewer.send({ type: 'set-layer', layer: this.listed, onlySelected });
  }

  /**
   * Moves the view to a point inside a segment of the listed layer.
   *
   * @returns false if no point is found
   */
  async goTo(id: string): Promise<boolean> {
    const layer = this.layers.find(({ name }) => name === this.listed);
    const [scale] = layer?.info.scales ?? [];
    if (layer === undefined || scale === undefined || this.scene === undefined) return false;
    const { position } = await this.client.preview.locate({ path: layer.path, id });
    if (position === undefined) return false;
    const { resolutionNm } = this.scene;
    const [x, y, z] = position.map((part, axis) => {
      const nm = (part + 0.5) * (scale.resolution[axis] ?? 1);
      return nm / (resolutionNm[axis] ?? 1);
    });
    if (x === undefined || y === undefined || z === undefined) return false;
    this.viewer.goTo([x, y, z]);
    return true;
  }

  /** The size of the voxels in which positions are counted; undefined until something is shown. */
  get resolutionNm(): Vec3 | undefined {
    return this.scene?.resolutionNm;
  }

  /** The length of the line that is being measured; undefined until both its ends are set. */
  get measuredNm(): number | undefined {
    const [start, end] = (this.viewer.marking === 'line' ? this.viewer.marked : undefined) ?? [];
    const { scene } = this;
    if (start === undefined || end === undefined || scene === undefined) return undefined;
    return Math.hypot(...vec3((axis) => (end[axis] - start[axis]) * scene.resolutionNm[axis]));
  }

  /** Moves a layer up by `by` places. */
  move(name: string, by: number): void {
    const { current: state } = this.viewer;
    if (state === undefined) return;
    const layers = layersOf(state);
    const from = layers.findIndex((layer) => layer.name === name);
    const to = from + by;
    if (from === -1 || to < 0 || to >= layers.length) return;
    const [moved] = layers.splice(from, 1);
    if (moved !== undefined) layers.splice(to, 0, moved);
    this.viewer.show({ ...state, layers });
  }

  /** Returns a link to the current view. */
  link(viewerUrl: string): string | undefined {
    const state = this.viewer.current;
    return state && stateLink(state, viewerUrl);
  }

  /**
   * Returns a link to the current view that works for others.
   *
   * @param urls the published addresses of datasets, by their folders
   */
  publishedLink(viewerUrl: string, urls: Readonly<Record<string, string>>): string | undefined {
    const state = this.viewer.current;
    const byName = this.layers.flatMap(({ name, path }) => {
      const url = urls[path];
      return url === undefined ? [] : [[name, url] as const];
    });
    if (state === undefined || byName.length < this.layers.length) return undefined;
    return stateLink(publishedState(state, Object.fromEntries(byName)), viewerUrl);
  }

  private async openLayer(path: string) {
    try {
      const { url, info, ...rest } = await this.client.preview.open({ path });
      const volume = { datasetUrl: absoluteUrl(url), info: parseVolumeInfo(info, rest.name) };
      return { path, opened: { ...rest, ...volume, path } };
    } catch (error) {
      return { path, error: toStudioError(error) };
    }
  }
}
