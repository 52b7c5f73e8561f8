import type { Listing, Place } from '../../shared/api/contract-types';
import { toStudioError, type StudioError } from '../../shared/base/errors';
import type { StudioClient } from '../hosts/studio-client';

/**
 * The folder that a dialog lists, on the machine that does the work. What is typed while a folder is on its way stays,
 * and an answer that comes after another request is dropped.
 */
export class FolderVisit {
  listing = $state.raw<Listing>();
  places = $state.raw<readonly Place[]>([]);
  error = $state.raw<StudioError>();
  /** Whether another folder than the one that is listed is on its way. */
  isLoading = $state(false);
  private field = $state('');
  /** Whether the path in the field is the user's, who has not sent it yet. */
  private isTyping = false;
  /** The folder that was requested last. */
  private wanted = '';
  private requests = 0;

  constructor(private readonly files: StudioClient['files']) {}

  /** The path in the field: that of the folder, or what the user types. */
  get typed(): string {
    return this.field;
  }

  set typed(path: string) {
    this.field = path;
    this.isTyping = true;
  }

  /** Begins at a path, or if it is empty or can't be listed, at the first of the places. What was typed is forgotten. */
  async open(at: string): Promise<void> {
    this.isTyping = false;
    await this.begin(at);
  }

  /** Tries again what failed. What is typed stays. */
  async retry(): Promise<void> {
    await this.begin(this.wanted);
  }

  /** Lists a folder that the user asks for. */
  async go(path: string): Promise<void> {
    this.isTyping = false;
    await this.show(path);
  }

  /** Returns the folder whose path is in the field, once it is listed; undefined if it can't be. */
  async settle(): Promise<string | undefined> {
    if (this.field !== this.listing?.path && (await this.show(this.field)) !== true) return undefined;
    return this.listing?.path;
  }

  /**
   * Makes a folder in the one that is listed, and lists it.
   * @returns whether it was made
   */
  async createFolder(name: string): Promise<boolean> {
    if (this.listing === undefined) return false;
    const request = this.request(this.wanted);
    try {
      const { path } = await this.files.createFolder({ path: `${this.listing.path}/${name}` });
      if (request === this.requests) await this.go(path);
      return true;
    } catch (thrown) {
      if (request === this.requests) this.fail(thrown);
      else this.error = toStudioError(thrown);
      return false;
    }
  }

  private async begin(at: string): Promise<void> {
    const request = this.request(at);
    this.error = undefined;
    try {
      this.places = await this.files.places();
    } catch (thrown) {
      if (request === this.requests) this.fail(thrown);
      return;
    }
    // The user may have asked for a folder meanwhile.
    if (request !== this.requests) return;
    const first = this.places[0]?.path ?? '~';
    const isShown = await this.show(at || first);
    // The initial path may have been removed, or be a file.
    if (isShown === false && this.listing === undefined && at !== '') await this.show(first);
  }

  /** @returns whether the folder could be listed; undefined if the answer is dropped */
  private async show(path: string): Promise<boolean | undefined> {
    const request = this.request(path);
    try {
      const found = await this.files.list({ path });
      if (request !== this.requests) return undefined;
      this.listing = found;
      if (!this.isTyping) this.field = found.path;
      this.error = undefined;
      this.isLoading = false;
      return true;
    } catch (thrown) {
      if (request !== this.requests) return undefined;
      this.fail(thrown);
      return false;
    }
  }

  private request(path: string): number {
    this.wanted = path;
    this.isLoading = true;
    return ++this.requests;
  }

  private fail(thrown: unknown): void {
    this.error = toStudioError(thrown);
    this.isLoading = false;
  }
}
