import type { z } from 'zod';
import { InvalidInputError, IoError, type StudioError } from '../../../shared/base/errors';
import { serversWords, type HttpAnswer } from '../../base/http-answer';
import { fetchDocument } from '../../places/http/fetch-document';
import { refused } from '../../places/http/http-place';
import type { BossAddress } from './boss-address';

/** Reads JSON from the REST API of a BossDB server. */
export class BossDocuments {
  constructor(
    private readonly address: BossAddress,
    private readonly authorization: string,
  ) {}

  /**
   * Reads a document.
   * @param path the path after the API's version
   * @throws InvalidInputError if it doesn't exist or the user has no access to it; IoError if the answer doesn't match
   *   the schema
   */
  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const { answer, bytes } = await this.ask(path);
    if (answer.status === 404) throw await this.notFound();
    if (answer.status !== 200) throw bossError(answer);
    try {
      return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      throw new IoError(`${answer.url} is not the answer of a BossDB server.`, {
        remedy: 'Check that the address is of a BossDB server.',
        cause,
      });
    }
  }

  private ask(path: string) {
    const url = `${this.address.server}/v1/${path}`;
    return fetchDocument({ url, authorization: this.authorization });
  }

  /** Returns the error that names the missing collection, experiment or channel, with the names that exist instead. */
  private async notFound(): Promise<StudioError> {
    const { server, collection, experiment, channel } = this.address;
    const steps = [
      { kind: 'collection', name: collection, path: `collection/${collection}/`, lists: 'experiments' },
      {
        kind: 'experiment',
        name: experiment,
        path: `collection/${collection}/experiment/${experiment}/`,
        lists: 'channels',
      },
      {
        kind: 'channel',
        name: channel,
        path: `collection/${collection}/experiment/${experiment}/channel/${channel}/`,
        lists: '',
      },
    ];
    let others: readonly string[] = [];
    for (const { kind, name, path, lists } of steps) {
      const { answer, bytes } = await this.ask(path);
      if (answer.status === 404) return notThere(kind, name, server, others);
      if (answer.status !== 200) return bossError(answer);
      others = namesIn(bytes, lists);
    }
    return new IoError(`${server} is not a BossDB server, or has another version.`);
  }
}

function notThere(kind: string, name: string, server: string, others: readonly string[]): InvalidInputError {
  const shown = others.slice(0, 20).join(', ');
  return new InvalidInputError(`There is no ${kind} '${name}' at ${server}.`, {
    remedy: others.length === 0 ? 'Check the name.' : `Choose one of these: ${shown}.`,
    fields: { code: 'bad-address', options: ['input'], kind, name },
  });
}

function namesIn(bytes: Uint8Array, list: string): readonly string[] {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
    const names = json[list];
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

/** Returns the error for an answer whose status isn't 200. */
export function bossError(answer: HttpAnswer): StudioError {
  const { status, url } = answer;
  if (status !== 401 && status !== 403) return refused(answer);
  const words = serversWords(answer);
  const { origin } = new URL(url);
  const said = words === '' ? '' : ` (${words})`;
  const remedy =
    status === 401
      ? `Check your token for ${origin}.`
      : 'Give a token that may read it: BOSSDB_TOKEN, or ~/.intern/intern.cfg with host and token.';
  return new InvalidInputError(`${origin} does not let you read this: status ${status}${said}.`, {
    remedy,
    fields: { status, url, server: origin, code: 'token' },
  });
}
