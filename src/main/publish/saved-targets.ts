import { join } from 'node:path';
import { z } from 'zod';
import { parseTargetSpec, type TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { JsonFile } from '../base/json-file';

const targetsSchema = z.record(z.string(), z.unknown());

/** The user's saved targets, in a JSON file that maps names to target specs. It contains no secrets. */
export class SavedTargets {
  private readonly file: JsonFile<z.output<typeof targetsSchema>>;

  /** @param folder the folder with the program's settings */
  constructor(folder: string) {
    this.file = new JsonFile(join(folder, 'targets.json'), targetsSchema);
  }

  /** Returns all targets, sorted by name. */
  async list(): Promise<(readonly [name: string, spec: TargetSpec])[]> {
    const all = Object.entries(await this.read()).map(
      ([name, spec]) => [name, parseTargetSpec(spec)] as const,
    );
    return all.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Returns a target. @throws InvalidInputError if there is no target with this name */
  async get(name: string): Promise<TargetSpec> {
    const all = await this.read();
    const spec = Object.hasOwn(all, name) ? all[name] : undefined;
    if (spec !== undefined) return parseTargetSpec(spec);
    const known = Object.keys(all);
    throw new InvalidInputError(`There is no target named '${name}'.`, {
      remedy:
        known.length === 0
          ? 'No target is saved yet: `publish DATASET ADDRESS --target NAME` saves one.'
          : `These are saved: ${known.sort().join(', ')}. \`publish DATASET ADDRESS --target NAME\` saves another.`,
      fields: { usage: true },
    });
  }

  async has(name: string): Promise<boolean> {
    return Object.hasOwn(await this.read(), name);
  }

  async save(name: string, spec: TargetSpec): Promise<void> {
    await this.file.save({ ...(await this.read()), [name]: spec });
  }

  /** Removes a target. Does nothing if there is none with this name. */
  async remove(name: string): Promise<void> {
    const rest = Object.entries(await this.read()).filter(([other]) => other !== name);
    await this.file.save(Object.fromEntries(rest));
  }

  private async read(): Promise<z.output<typeof targetsSchema>> {
    const found = await this.file.read();
    if (found !== 'damaged') return found ?? {};
    throw new InvalidInputError(`${this.file.path} is damaged: it isn't a JSON object of targets.`, {
      remedy: 'Correct the file, or delete it.',
    });
  }
}
