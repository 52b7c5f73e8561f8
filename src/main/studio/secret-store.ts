import { z } from 'zod';
import type { SecretPlace } from '../../shared/api/publish-types';
import type { JsonFile } from '../base/json-file';

/** The system's keychain: encrypts text so that only this user's programs can read it. */
export interface SecretCipher {
  /** Returns, in base64, data that only {@link decrypt} understands. */
  encrypt(text: string): Promise<string>;
  decrypt(encrypted: string): Promise<string>;
}

/** The encrypted secrets, by the name of their purpose. */
export const keptSecretsSchema = z.record(z.string(), z.base64());
export type KeptSecrets = z.output<typeof keptSecretsSchema>;

/**
 * Credentials that the user typed in, by the name of their purpose. They are kept in memory until the program ends. A
 * host with a keychain can also keep them encrypted on the disk. They aren't written anywhere else.
 */
export class SecretStore<Secret> {
  private readonly session = new Map<string, Secret>();
  private kept: KeptSecrets = {};

  /** @param cipher undefined if the host has no keychain, or one that protects nothing */
  constructor(
    private readonly file: JsonFile<KeptSecrets>,
    private readonly cipher: SecretCipher | undefined,
    private readonly schema: z.ZodType<Secret>,
  ) {}

  async load(setAside: (movedTo: string) => void): Promise<void> {
    this.kept = (await this.file.load(setAside)) ?? {};
  }

  /** Whether secrets can outlive the program. */
  get hasKeychain(): boolean {
    return this.cipher !== undefined;
  }

  place(name: string): SecretPlace {
    if (this.cipher !== undefined && Object.hasOwn(this.kept, name)) return 'keychain';
    return this.session.has(name) ? 'session' : 'none';
  }

  async get(name: string): Promise<Secret | undefined> {
    const inMemory = this.session.get(name);
    const encrypted = Object.hasOwn(this.kept, name) ? this.kept[name] : undefined;
    if (inMemory !== undefined || encrypted === undefined || this.cipher === undefined) return inMemory;
    // Another user's keychain, or a new one, can't decrypt the stored secret, so the user is asked again.
    const text = await this.cipher.decrypt(encrypted).catch(() => undefined);
    if (text === undefined) return undefined;
    return this.schema.safeParse(JSON.parse(text)).data;
  }

  /** @param keep whether to keep it after the program has ended, if the host can */
  async set(name: string, secret: Secret, keep: boolean): Promise<void> {
    await this.forget(name);
    this.session.set(name, secret);
    if (!keep || this.cipher === undefined) return;
    this.kept = { ...this.kept, [name]: await this.cipher.encrypt(JSON.stringify(secret)) };
    await this.file.save(this.kept);
  }

  async forget(name: string): Promise<void> {
    this.session.delete(name);
    if (!Object.hasOwn(this.kept, name)) return;
    this.kept = Object.fromEntries(Object.entries(this.kept).filter(([other]) => other !== name));
    await this.file.save(this.kept);
  }
}
