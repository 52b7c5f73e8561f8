import { lastName } from '../../shared/api/input-address';
import { resolutionValue } from '../../shared/api/option-values';
import type { SavedTarget } from '../../shared/api/publish-types';
import { layerName } from '../../shared/precomputed/viewer-link';
import type { StudioClient } from '../hosts/studio-client';
import { ConversionDraft, type MeshTime } from './conversion-draft.svelte';

/** Extents count as the same if they differ by less than this share. */
const SAME_SHARE = 0.02;

/**
 * Several inputs that are converted by one click. They can become one project if they show the same piece of tissue.
 */
export class Batch {
  drafts = $state.raw<readonly ConversionDraft[]>([]);
  /** The voxel size of the inputs that don't state theirs. */
  resolution = $state('');
  meshTime = $state<MeshTime>('now');
  /** Whether the datasets become a project. */
  isProject = $state(true);
  private generation = 0;

  constructor(private readonly client: StudioClient) {}

  /** Inspects all inputs. Those that can't be read stay in the list, with their errors. */
  async choose(paths: readonly string[]): Promise<void> {
    const generation = ++this.generation;
    this.drafts = paths.map(() => new ConversionDraft(this.client));
    this.resolution = '';
    this.meshTime = 'now';
    await Promise.all(this.drafts.map((draft, i) => draft.choose(paths[i] ?? '')));
    if (generation === this.generation) this.isProject = this.areOfOnePiece;
  }

  remove(draft: ConversionDraft): void {
    this.drafts = this.drafts.filter((other) => other !== draft);
  }

  /** The inputs that can be read. */
  get readable(): readonly ConversionDraft[] {
    return this.drafts.filter(({ report }) => report !== undefined);
  }

  /** The readable inputs that state no voxel size, and use the one that is given here. */
  get lacking(): readonly ConversionDraft[] {
    return this.readable.filter(({ report }) => report?.resolutionNm === undefined);
  }

  /** Whether there is both an image and labels, and all inputs have the same size. */
  get areOfOnePiece(): boolean {
    const kinds = this.readable.map(({ report }) => report?.kind);
    return kinds.includes('image') && kinds.includes('segmentation') && this.misfit === undefined;
  }

  /**
   * The first input whose size differs from that of the first one of all; compared in nanometres, or in voxels if the
   * voxel size is unknown.
   */
  get misfit(): { readonly name: string; readonly reference: string } | undefined {
    const [first, ...others] = this.readable;
    const own = first && extentOf(first);
    const other = others.find((draft) => {
      const extent = extentOf(draft);
      return extent.some((length, axis) => Math.abs(length / (own?.[axis] ?? length) - 1) > SAME_SHARE);
    });
    return first && other && { name: lastName(other.path), reference: lastName(first.path) };
  }

  /** Copies the common decisions to each input. */
  apply(): void {
    for (const draft of this.lacking) draft.options.resolution = this.resolution;
    for (const draft of this.readable) draft.meshTime = this.meshTime;
  }

  /** The target of the bucket into which the datasets go; undefined for folders. */
  get target(): string | undefined {
    const [first] = this.readable;
    return first?.isInBucket === true ? first.target : undefined;
  }

  /** Puts each dataset where a target has the datasets of its name, or into a folder on the machine. */
  sendTo(target: SavedTarget | undefined): void {
    for (const draft of this.readable) draft.sendTo(target);
  }

  /** Makes all plans again once nothing has changed for a moment. */
  schedulePlans(): void {
    for (const draft of this.readable) draft.schedulePlan();
  }

  /** Moves each output into a folder, and keeps its name. */
  moveTo(folder: string): void {
    for (const draft of this.readable) draft.parent = folder;
  }

  get isReady(): boolean {
    return (
      this.readable.length > 0 &&
      this.readable.length === this.drafts.length &&
      this.readable.every((draft) => draft.isReady && draft.plan?.outputState === 'free') &&
      !this.readable.some((draft) => this.clashes(draft))
    );
  }

  /** Reports whether another dataset would go to the same place. */
  clashes(draft: ConversionDraft): boolean {
    return this.readable.some((other) => other !== draft && other.output === draft.output);
  }

  /**
   * Queues all conversions. They become a project if viewers can find all of them.
   *
   * @returns the id of the first job
   */
  async start(): Promise<string | undefined> {
    const { readable } = this;
    const [first, ...others] = readable;
    if (first === undefined) return undefined;
    const job = await first.enqueue('new');
    for (const draft of others) await draft.enqueue('new');
    if (this.isProject && others.length > 0) await this.saveProject();
    return job;
  }

  private async saveProject(): Promise<void> {
    const layers = this.readable.flatMap((draft) => {
      const path = draft.viewedAt;
      return path === undefined ? [] : [{ path, name: layerName(lastName(draft.output)) }];
    });
    if (layers.length < this.readable.length) return;
    const name = this.readable.map(({ path }) => lastName(path)).join(' + ');
    await this.client.projects.save({ id: crypto.randomUUID(), name: name.slice(0, 200), layers });
  }
}

/** Returns the size in nanometres, or in voxels if the voxel size is unknown. */
function extentOf({ report, options }: ConversionDraft): readonly number[] {
  const given = resolutionValue.safeParse(options.resolution);
  return (report?.size ?? []).map((voxels, axis) => voxels * (given.success ? (given.data[axis] ?? 1) : 1));
}
