import { join } from 'node:path';
import { z } from 'zod';
import { isBossAddress, parseBossAddress } from '../sources/bossdb/boss-address';
import { useBossToken } from '../sources/bossdb/boss-token';
import { JsonFile } from '../base/json-file';
import { keptSecretsSchema, SecretStore, type SecretCipher } from './secret-store';

/** A token and its server: scheme, host and port. */
export interface ServerToken {
  readonly server: string;
  readonly token: string;
}

/** Tokens that the user typed in, by the servers from which inputs are read. */
export class SourceTokens {
  private readonly secrets: SecretStore<string>;

  constructor(dataFolder: string, cipher: SecretCipher | undefined) {
    const file = new JsonFile(join(dataFolder, 'source-tokens.json'), keptSecretsSchema);
    this.secrets = new SecretStore(file, cipher, z.string());
  }

  load(setAside: (movedTo: string) => void): Promise<void> {
    return this.secrets.load(setAside);
  }

  /** @param keep whether to keep it after the program has ended, if the host can */
  async use({ server, token }: ServerToken, keep: boolean): Promise<void> {
    const { origin } = new URL(server);
    await this.secrets.set(origin, token, keep);
    useBossToken(origin, token);
  }

  /**
   * Returns the token for an input's server, which this process uses from now on, or undefined if the user gave none.
   */
  async tokenFor(input: string): Promise<ServerToken | undefined> {
    if (!isBossAddress(input)) return undefined;
    const { server } = parseBossAddress(input);
    const token = await this.secrets.get(server);
    if (token === undefined) return undefined;
    useBossToken(server, token);
    return { server, token };
  }
}
