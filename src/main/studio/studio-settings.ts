import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DEFAULT_SETTINGS, type Settings, type StudioEvent } from '../../shared/api/contract-types';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError } from '../base/file-error';
import { isInside } from '../base/path-door';
import type { FileAccess } from './file-access';
import type { JsonFile } from '../base/json-file';

const MAX_RECENT = 8;

/** The user's settings. Together with the host's own folders, they decide which folders may be used. */
export class StudioSettings {
  private settings: Settings = DEFAULT_SETTINGS;

  constructor(
    private readonly file: JsonFile<Settings>,
    private readonly files: FileAccess,
    private readonly publish: (event: StudioEvent) => void,
  ) {}

  get current(): Settings {
    return this.settings;
  }

  async load(setAside: (movedTo: string) => void): Promise<void> {
    this.settings = (await this.file.load(setAside)) ?? this.settings;
    // The wish was for the jobs of that time.
    if (this.settings.whenDone === 'sleep') this.settings = { ...this.settings, whenDone: 'notify' };
    await this.files.allowAlso(this.settings.allowedFolders);
  }

  async update(change: Partial<Settings>): Promise<void> {
    this.settings = { ...this.settings, ...change };
    this.publish({ type: 'settings', settings: this.settings });
    await this.file.save(this.settings);
  }

  /** Lets a folder be used from now on, with the user's consent. @returns its real path */
  async allowFolder(path: string): Promise<string> {
    const real = await realpath(path).catch((error: unknown) => {
      throw fileError('open', path, error);
    });
    if (dirname(real) === real) {
      throw new InvalidInputError(`${path} is the whole disk.`, { remedy: 'Allow a folder on it.' });
    }
    const allowedFolders = [...new Set([...this.current.allowedFolders, real])];
    await this.files.allowAlso(allowedFolders);
    await this.update({ allowedFolders });
    return real;
  }

  async disallowFolder(path: string): Promise<void> {
    const allowedFolders = this.current.allowedFolders.filter((folder) => folder !== path);
    await this.files.allowAlso(allowedFolders);
    await this.update({ allowedFolders });
  }

  /** Adds an input to the list of recent ones. */
  async rememberInput(input: string): Promise<void> {
    const others = this.settings.recentInputs.filter((path) => path !== input);
    await this.update({ recentInputs: [input, ...others].slice(0, MAX_RECENT) });
  }

  /** Adds the folder around a dataset to the library, unless the library already contains it. */
  async includeInLibrary(dataset: string): Promise<void> {
    const { libraryFolders } = this.settings;
    const folder = dirname(dataset);
    if (!isInside(folder, libraryFolders)) await this.update({ libraryFolders: [...libraryFolders, folder] });
  }
}
