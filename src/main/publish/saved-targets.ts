import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseTargetSpec, type TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from '../base/file-error';

/** The user's saved targets, in a JSON file that maps names to target specs. It contains no secrets. */
export class SavedTargets {
  private readonly file: string;

  /** @param folder the folder with the program's settings */
  constructor(folder: string) {
    this.file = join(folder, 'targets.json');
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

  async save(name: string, spec: TargetSpec): Promise<void> {
    await this.write({ ...(await this.read()), [name]: spec });
  }

  /** Removes a target. Does nothing if there is none with this name. */
  async remove(name: string): Promise<void> {
    const rest = Object.entries(await this.read()).filter(([other]) => other !== name);
    await this.write(Object.fromEntries(rest));
  }

  private async write(targets: Readonly<Record<string, unknown>>): Promise<void> {
    const text = `${JSON.stringify(targets, null, 2)}\n`;
    try {
      await mkdir(dirname(this.file), { recursive: true });
      await writeFile(`${this.file}.tmp`, text, { mode: 0o600 });
      await rename(`${this.file}.tmp`, this.file);
    } catch (error) {
      throw fileError('write', this.file, error);
    }
  }

  private async read(): Promise<Readonly<Record<string, unknown>>> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      if (isMissing(error)) return {};
      throw fileError('read', this.file, error);
    }
    try {
      const json: unknown = JSON.parse(text);
      if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
        return json as Record<string, unknown>;
      }
    } catch {
      // The error below covers this case too.
    }
    throw new InvalidInputError(`${this.file} is damaged: it isn't a JSON object of targets.`, {
      remedy: 'Correct the file, or delete it.',
    });
  }
}
