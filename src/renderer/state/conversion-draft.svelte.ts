import type { PlanReport, SourceReport } from '../../shared/api/contract-types';
import { CONVERT_OPTIONS, convertSpecSchema, type ConvertOptionName } from '../../shared/api/job-spec';
import type { OptionDefinition } from '../../shared/api/option';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import type { StudioClient } from '../hosts/studio-client';

/** A person stops typing for this long before the plan is made anew. */
const SETTLE_MS = 300;

export const OPTION_NAMES = Object.keys(CONVERT_OPTIONS) as ConvertOptionName[];

/** What the schema takes where an option is left alone, as text for a form; '' where it depends on the input. */
export const OPTION_DEFAULTS: Readonly<Record<ConvertOptionName, string>> = defaults();

function defaults() {
  const parsed: Readonly<Record<string, unknown>> = convertSpecSchema.parse({
    kind: 'convert',
    input: '-',
    output: '-',
  });
  return Object.fromEntries(OPTION_NAMES.map((name) => [name, asText(parsed[name])])) as Record<
    ConvertOptionName,
    string
  >;
}

function asText(value: unknown): string {
  if (value === undefined) return '';
  if (!Array.isArray(value)) return String(value);
  return Array.isArray(value[0]) ? value.map((part) => String(part)).join(';') : value.join(',');
}

export function optionDefinition(name: ConvertOptionName): OptionDefinition<never> | OptionDefinition {
  return CONVERT_OPTIONS[name];
}

/** A conversion while it is being set up: the input, what was found in it, options as typed, and the plan. */
export class ConversionDraft {
  path = $state('');
  gaps = $state<'refuse' | 'zero' | 'close'>('refuse');
  report = $state.raw<SourceReport>();
  inspecting = $state(false);
  inspectError = $state.raw<StudioError>();

  /** As typed; '' leaves the option to its default. */
  options = $state<Record<ConvertOptionName, string>>({ ...OPTION_DEFAULTS });
  output = $state('');
  plan = $state.raw<PlanReport>();
  planError = $state.raw<StudioError>();
  planning = $state(false);
  estimate = $state.raw<{ readonly bytes: number; readonly seconds: number }>();
  private timer: number | undefined;
  private generation = 0;

  constructor(private readonly client: StudioClient) {}

  /** Looks at an input, unless it is the one that was looked at. */
  async choose(path: string, gaps: ConversionDraft['gaps'] = 'refuse'): Promise<void> {
    if (path === this.path && gaps === this.gaps && (this.report !== undefined || this.inspecting)) return;
    const known = path === this.path;
    this.path = path;
    this.gaps = gaps;
    this.report = undefined;
    this.inspectError = undefined;
    this.inspecting = true;
    try {
      const report = await this.client.source.inspect({ path, gaps });
      if (path !== this.path || gaps !== this.gaps) return;
      if (!known || this.output === '') this.output = (await this.client.suggestOutput({ path })).path;
      this.adopt(report, gaps);
    } catch (error) {
      if (path === this.path) this.inspectError = toStudioError(error);
    } finally {
      if (path === this.path) this.inspecting = false;
    }
  }

  private adopt(report: SourceReport, gaps: string): void {
    this.report = report;
    this.options = {
      ...OPTION_DEFAULTS,
      gaps,
      type: report.kind,
      resolution: asText(report.resolutionNm),
    };
    this.plan = undefined;
    this.planError = undefined;
  }

  /** The message for a field whose text can't be taken, undefined for a good one. */
  problem(name: ConvertOptionName): string | undefined {
    const text = this.options[name];
    if (text === '') return undefined;
    const result = optionDefinition(name).schema.safeParse(text);
    return result.success ? undefined : result.error.issues[0]?.message;
  }

  get spec(): Readonly<Record<string, string>> {
    const given = OPTION_NAMES.filter((name) => this.options[name] !== '');
    return {
      kind: 'convert',
      input: this.path,
      output: this.output,
      ...Object.fromEntries(given.map((name) => [name, this.options[name]])),
    };
  }

  get isReady(): boolean {
    return this.plan !== undefined && this.planError === undefined && !this.planning;
  }

  /** Makes the plan anew once nothing has changed for a moment. */
  schedulePlan(): void {
    window.clearTimeout(this.timer);
    this.planning = true;
    const generation = ++this.generation;
    this.timer = window.setTimeout(() => void this.makePlan(generation), SETTLE_MS);
  }

  private async makePlan(generation: number): Promise<void> {
    const { spec } = this;
    try {
      const plan = await this.client.plan({ spec });
      if (generation !== this.generation) return;
      this.plan = plan;
      this.planError = undefined;
      this.planning = false;
      const estimate = await this.client.estimate({ spec });
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
    return (await this.client.jobs.add({ spec: this.spec, mode })).id;
  }
}
