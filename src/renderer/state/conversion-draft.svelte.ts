import type { Estimate, PlanReport, SourceReport } from '../../shared/api/contract-types';
import {
  OPTION_NAMES,
  SOURCE_OPTION_NAMES,
  sourceOptionsSchema,
  type ConvertOptionName,
  type SourceOptions,
} from '../../shared/api/job-spec';
import { isAddress, lastName } from '../../shared/api/input-address';
import { optionText } from '../../shared/api/option';
import { fillName } from '../../shared/api/publish-spec';
import type { SavedTarget } from '../../shared/api/publish-types';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import type { StudioClient } from '../hosts/studio-client';
import { OPTION_DEFAULTS } from './option-defaults';
import { joinPath, splitPath } from './path-parts';
import type { Preview } from './preview.svelte';
import { explainPlaceError } from './target-words';
import { applies, problemOf, type OptionContext, type OptionTexts } from './option-rules';

/** The plan is made again once the user has not typed for this long. */
const SETTLE_MS = 300;

/** How an input is read. */
export type ReadingOptions = SourceOptions;

/** When meshes are made: together with the voxels, afterwards by a separate job, or never. */
export type MeshTime = 'now' | 'later' | 'none';

/** An array of a container, to choose from. */
export interface ArrayChoice {
  readonly path: string;
  /** `uint64, 30 × 40 × 50`; '' if there are too many arrays to describe. */
  readonly description: string;
}

/** A conversion while it is being set up: the input, what was found in it, the options as typed, and the plan. */
export class ConversionDraft {
  path = $state('');
  reading = $state.raw<ReadingOptions>({ gaps: 'refuse' });
  /** The arrays of an input that has several. */
  arrays = $state.raw<readonly ArrayChoice[]>([]);
  report = $state.raw<SourceReport>();
  inspecting = $state(false);
  inspectError = $state.raw<StudioError>();
  /** Why the input can't be shown with the view options that were requested last. */
  viewError = $state.raw<StudioError>();

  /** As typed; '' leaves the option at its default. */
  options = $state<Record<ConvertOptionName, string>>({ ...OPTION_DEFAULTS });
  /** The folder, or the address in a bucket, in which the dataset's own folder is made. */
  parent = $state('');
  /** The name of the dataset's folder. */
  name = $state('');
  /** The target by which a bucket is reached; '' for the login of the program's machine. */
  target = $state('');
  /** The folder that was suggested for the output. */
  private suggested = '';
  private isMeshedLater = $state(false);
  plan = $state.raw<PlanReport>();
  planError = $state.raw<StudioError>();
  planning = $state(false);
  estimate = $state.raw<Estimate>();
  /** The preview that gets the dataset as a layer, if the conversion was begun there. */
  layerOf = $state.raw<Preview>();
  /** What the user said the voxels are, if they could be either kind. */
  private chosenKind: { readonly path: string; readonly kind: SourceReport['kind'] } | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private generation = 0;

  constructor(private readonly client: StudioClient) {}

  /** Inspects an input, unless it is the one that was inspected last. */
  async choose(path: string, reading?: ReadingOptions): Promise<void> {
    const isKnown = path === this.path;
    if (isKnown && reading === undefined && (this.report !== undefined || this.inspecting)) return;
    const wanted = reading ?? { gaps: 'refuse' };
    this.path = path;
    this.reading = wanted;
    if (!isKnown) {
      this.arrays = [];
      // The output of another input must not be kept, however many attempts it takes to read this one.
      this.output = '';
      this.target = '';
    }
    this.report = undefined;
    this.inspectError = undefined;
    this.viewError = undefined;
    this.inspecting = true;
    const isCurrent = () => path === this.path && wanted === this.reading;
    try {
      const report = await this.client.source.inspect({ path, ...wanted });
      const output = this.output === '' ? (await this.client.suggestOutput({ path })).path : this.output;
      if (!isCurrent()) return;
      this.output = output;
      this.suggested = output;
      this.adopt(report, wanted, OPTION_DEFAULTS);
    } catch (error) {
      if (!isCurrent()) return;
      this.inspectError = toStudioError(error);
      if (this.arrays.length === 0) this.arrays = arraysOf(this.inspectError);
    } finally {
      if (isCurrent()) this.inspecting = false;
    }
  }

  /** How the input is read with the view options as typed; undefined if one of them is invalid. */
  get typedReading(): ReadingOptions | undefined {
    const { context } = this;
    const given = SOURCE_OPTION_NAMES.filter((name) => this.options[name] !== '' && applies(name, context));
    return sourceOptionsSchema.safeParse(Object.fromEntries(given.map((name) => [name, this.options[name]])))
      .data;
  }

  /** Inspects the input again with other view options. If that fails, the previous report stays. */
  async look(wanted: ReadingOptions): Promise<void> {
    const { path } = this;
    this.inspecting = true;
    this.viewError = undefined;
    try {
      const report = await this.client.source.inspect({ path, ...wanted });
      if (path === this.path) this.adopt(report, wanted, this.options);
    } catch (error) {
      if (path === this.path) this.viewError = toStudioError(error);
    } finally {
      this.inspecting = false;
    }
  }

  /** Copies the settings of another job, to set up a similar one. */
  async chooseLike(spec: Readonly<Record<string, unknown>>): Promise<void> {
    await this.choose(String(spec['input']), sourceOptionsSchema.safeParse(spec).data);
    if (this.report === undefined) return;
    if (spec['type'] === 'image' || spec['type'] === 'segmentation') this.chooseKind(spec['type']);
    const given = OPTION_NAMES.filter((name) => spec[name] !== undefined);
    this.options = {
      ...OPTION_DEFAULTS,
      type: this.report.kind,
      ...Object.fromEntries(given.map((name) => [name, optionText(spec[name])])),
    };
  }

  /** Treats the voxels as labels or as grey values, as the user decided. */
  chooseKind(kind: SourceReport['kind']): void {
    if (this.report === undefined) return;
    this.chosenKind = { path: this.path, kind };
    this.report = { ...this.report, kind };
    this.options.type = kind;
    this.plan = undefined;
    this.planError = undefined;
  }

  private adopt(found: SourceReport, reading: ReadingOptions, options: OptionTexts): void {
    const { chosenKind } = this;
    const isChosen = found.isGuess === true && chosenKind?.path === found.path;
    const report = isChosen ? { ...found, kind: chosenKind.kind } : found;
    this.report = report;
    this.reading = reading;
    this.options = {
      ...options,
      ...Object.fromEntries(SOURCE_OPTION_NAMES.map((name) => [name, optionText(reading[name])])),
      type: report.kind,
      resolution: report.resolutionNm === undefined ? options.resolution : optionText(report.resolutionNm),
    };
    this.plan = undefined;
    this.planError = undefined;
  }

  /** A folder, or the address of a place in a bucket. */
  get output(): string {
    return joinPath(this.parent, this.name);
  }

  set output(path: string) {
    ({ folder: this.parent, name: this.name } = splitPath(path));
  }

  /** Whether the output is in a bucket instead of a folder. */
  get isInBucket(): boolean {
    return isAddress(this.output);
  }

  /** Puts the dataset where a target has the datasets of this name, or into a folder on the machine. */
  sendTo(target: SavedTarget | undefined): void {
    this.target = target?.name ?? '';
    this.output =
      target === undefined ? this.suggested : fillName(target.spec, lastName(this.suggested)).address;
  }

  /**
   * The folder or web address at which the dataset can be viewed; undefined if its bucket has no web address, or isn't
   * looked at yet.
   */
  get viewedAt(): string | undefined {
    return this.isInBucket ? this.plan?.url : this.output;
  }

  get meshTime(): MeshTime {
    if (this.options.mesh === 'none') return 'none';
    return this.isMeshedLater ? 'later' : 'now';
  }

  set meshTime(time: MeshTime) {
    this.isMeshedLater = time === 'later';
    if (time === 'none') this.options.mesh = 'none';
    else if (this.options.mesh === 'none') this.options.mesh = OPTION_DEFAULTS.mesh;
  }

  get context(): OptionContext {
    return { options: this.options, report: this.report };
  }

  /** Returns the message for a field whose text is invalid; undefined for a valid one. */
  problem(name: ConvertOptionName): string | undefined {
    return problemOf(name, this.options[name]);
  }

  get spec(): Readonly<Record<string, string>> {
    const { context } = this;
    const given = OPTION_NAMES.filter((name) => this.options[name] !== '' && applies(name, context));
    return {
      kind: 'convert',
      input: this.path,
      output: this.output,
      ...Object.fromEntries(given.map((name) => [name, this.options[name]])),
    };
  }

  /** Why the bucket can't be used, if something can be done about it here. */
  get placeError(): StudioError | undefined {
    const { planError } = this;
    const isOfPlace = planError !== undefined && explainPlaceError(planError).action !== undefined;
    return this.isInBucket && isOfPlace ? planError : undefined;
  }

  /** What is requested: the settings, and how a bucket is reached. */
  get request(): { readonly spec: unknown; readonly target?: string } {
    const { spec, target, isInBucket } = this;
    return isInBucket && target !== '' ? { spec, target } : { spec };
  }

  get isReady(): boolean {
    return (
      this.plan !== undefined && this.planError === undefined && !this.planning && this.name.trim() !== ''
    );
  }

  /** Makes the plan again once nothing has changed for a moment. */
  schedulePlan(): void {
    clearTimeout(this.timer);
    this.planning = true;
    const generation = ++this.generation;
    this.timer = setTimeout(() => void this.makePlan(generation), SETTLE_MS);
  }

  private async makePlan(generation: number): Promise<void> {
    const { request } = this;
    try {
      const plan = await this.client.plan(request);
      if (generation !== this.generation) return;
      this.plan = plan;
      this.planError = undefined;
      this.planning = false;
      const estimate = await this.client.estimate(request);
      if (generation === this.generation) this.estimate = estimate;
    } catch (error) {
      if (generation !== this.generation) return;
      this.planError = toStudioError(error);
      this.plan = undefined;
      this.estimate = undefined;
      this.planning = false;
    }
  }

  async enqueue(mode: 'new' | 'overwrite' | 'resume'): Promise<string> {
    const meshLater = mode !== 'resume' && this.meshTime === 'later';
    const { estimate } = this;
    const seconds = estimate && estimate.seconds - (meshLater ? (estimate.meshes?.seconds ?? 0) : 0);
    const expected = seconds === undefined ? {} : { expectedMs: 1000 * seconds };
    return (await this.client.jobs.add({ ...this.request, mode, meshLater, ...expected })).id;
  }
}

/** Returns the arrays that are listed by an error about a missing choice. */
function arraysOf({ fields: { choices, descriptions } }: StudioError): ArrayChoice[] {
  if (!Array.isArray(choices) || !Array.isArray(descriptions)) return [];
  return choices.map((path: string, i) => ({ path, description: String(descriptions[i] ?? '') }));
}
