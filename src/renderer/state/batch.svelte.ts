import { lastName } from '../../shared/api/input-address';
import { resolutionValue } from '../../shared/api/option-values';
import type { StudioClient } from '../hosts/studio-client';
import { ConversionDraft, type MeshTime } from './conversion-draft.svelte';

/** Extents that differ by less than this share are the same. */
const SAME_SHARE = 0.02;

/** Several inputs that are converted by one click, and looked at together where they are of one piece of tissue. */
export class Batch {
  drafts = $state.raw<readonly ConversionDraft[]>([]);
  /** Of the inputs that don't say theirs. */
  resolution = $state('');
  meshTime = $state<MeshTime>('now');
  /** Whether they become a project. */
  isProject = $state(true);
  private generation = 0;

  constructor(private readonly client: StudioClient) {}

  /** Looks at all inputs; those that can't be read stay, with what is wrong. */
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

  /** Those that say no size of a voxel, and take the one that is given here. */
  get lacking(): readonly ConversionDraft[] {
    return this.readable.filter(({ report }) => report?.resolutionNm === undefined);
  }

  /** Whether there are an image and labels, as large as each other. */
  get areOfOnePiece(): boolean {
    const kinds = this.readable.map(({ report }) => report?.kind);
    return kinds.includes('image') && kinds.includes('segmentation') && this.misfit === undefined;
  }

  /** The first input that isn't as large as the first one of all, told in micrometres where that is known. */
  get misfit(): { readonly name: string; readonly reference: string } | undefined {
    const [first, ...others] = this.readable;
    const own = first && extentOf(first);
    const other = others.find((draft) => {
      const extent = extentOf(draft);
      return extent.some((length, axis) => Math.abs(length / (own?.[axis] ?? length) - 1) > SAME_SHARE);
    });
    return first && other && { name: lastName(other.path), reference: lastName(first.path) };
  }

  /** Hands what is decided for all to each of them. */
  apply(): void {
    for (const draft of this.lacking) draft.options.resolution = this.resolution;
    for (const draft of this.readable) draft.meshTime = this.meshTime;
  }

  /** Puts each dataset into a folder, under the name that it has. */
  moveTo(folder: string): void {
    for (const draft of this.readable)
      draft.output = `${folder.replace(/[/\\]$/, '')}/${lastName(draft.output)}`;
  }

  get isReady(): boolean {
    return (
      this.readable.length > 0 &&
      this.readable.length === this.drafts.length &&
      this.readable.every((draft) => draft.isReady && draft.plan?.outputState === 'free') &&
      this.readable.every(
        (draft) => this.readable.findLast(({ output }) => output === draft.output) === draft,
      )
    );
  }

  /** Puts all into the queue. @returns the id of the first job */
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
    const layers = this.readable.map(({ output }) => ({ path: output, name: lastName(output) }));
    const name = this.readable.map(({ path }) => lastName(path)).join(' + ');
    await this.client.projects.save({ id: crypto.randomUUID(), name: name.slice(0, 200), layers });
  }
}

/** In nanometres, or in voxels where their size isn't known. */
function extentOf({ report, options }: ConversionDraft): readonly number[] {
  const given = resolutionValue.safeParse(options.resolution);
  return (report?.size ?? []).map((voxels, axis) => voxels * (given.success ? (given.data[axis] ?? 1) : 1));
}
