import { createPrivateKey, type KeyObject } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { utils } from 'ssh2';
import { InvalidInputError } from '../../../shared/base/errors';
import type { AskSecret } from './ask-secret';

/** A private key, or the reason that it can't be used. */
export type ReadKey =
  | { readonly privateKey: string | Buffer; readonly passphrase?: string; readonly isSecret: boolean }
  | { readonly problem: string };

const ED25519 = 'ssh-ed25519';

/**
 * Reads a private key in a format that ssh2 accepts. Keys in OpenSSH and PEM formats stay as they are; PKCS#8 keys are
 * converted.
 * @param required whether the user has named the file
 * @returns undefined if there is no such file
 * @throws InvalidInputError if a required key can't be used, or a passphrase is wrong
 */
export async function readPrivateKey(
  file: string,
  required: boolean,
  askSecret: AskSecret,
): Promise<ReadKey | undefined> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (!required) return undefined;
    throw new InvalidInputError(`The key file ${file} can't be read.`, {
      remedy: 'Check the path and the permissions of the file.',
      cause: error,
    });
  });
  if (bytes === undefined) return undefined;
  const text = bytes.toString('latin1');
  if (/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) return readPkcs8(file, bytes, askSecret);
  const parsed = utils.parseKey(bytes);
  if (!(parsed instanceof Error)) return { privateKey: bytes, isSecret: false };
  if (/unsupported cipher/i.test(parsed.message)) return refuse(lockedOtherwise(file), required);
  if (!/passphrase/i.test(parsed.message)) return refuse(`${file} holds no readable private key`, required);
  const passphrase = await askSecret(`Passphrase of ${file}: `, 'passphrase');
  if (passphrase === undefined) return { problem: `${file} is protected by a passphrase that was not given` };
  const opened = utils.parseKey(bytes, passphrase);
  if (!(opened instanceof Error)) return { privateKey: bytes, passphrase, isSecret: true };
  if (/cipher|unsupported/i.test(opened.message)) return refuse(lockedOtherwise(file), required);
  throw wrongPassphrase(file);
}

/** Reports whether there is a certificate next to a key file. Some hosts accept a key only with its certificate. */
export async function hasCertificate(file: string): Promise<boolean> {
  return access(`${file}-cert.pub`).then(
    () => true,
    () => false,
  );
}

function lockedOtherwise(file: string): string {
  return `${file} is locked by a cipher that can't be opened here; load it into the agent (ssh-add ${file})`;
}

function refuse(problem: string, required: boolean): ReadKey {
  if (!required) return { problem };
  throw new InvalidInputError(`${problem}.`, {
    remedy: 'Load the key into the agent (ssh-add), or name the file of another private key.',
    fields: { code: 'key-unreadable' },
  });
}

function wrongPassphrase(file: string): InvalidInputError {
  return new InvalidInputError(`The passphrase is wrong for ${file}.`, {
    remedy: 'Try again.',
    fields: { code: 'wrong-passphrase' },
  });
}

async function readPkcs8(file: string, bytes: Buffer, askSecret: AskSecret): Promise<ReadKey> {
  const locked = bytes.includes('ENCRYPTED');
  const passphrase = locked ? await askSecret(`Passphrase of ${file}: `, 'passphrase') : undefined;
  if (locked && passphrase === undefined)
    return { problem: `${file} is protected by a passphrase that was not given` };
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: bytes, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    if (locked) throw wrongPassphrase(file);
    return { problem: `${file} holds no readable private key` };
  }
  const isSecret = locked;
  const kind = key.asymmetricKeyType;
  if (kind === 'rsa') return { privateKey: key.export({ type: 'pkcs1', format: 'pem' }), isSecret };
  if (kind === 'ec') return { privateKey: key.export({ type: 'sec1', format: 'pem' }), isSecret };
  if (kind === 'ed25519') return { privateKey: openSshKey(key), isSecret };
  return { problem: `${file} holds a key of a kind that SSH doesn't use (${kind ?? 'unknown'})` };
}

/** Converts an Ed25519 key to OpenSSH's own format without a passphrase (PROTOCOL.key in its sources). */
function openSshKey(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const [open, secret] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
  const publicKey = Buffer.concat([sized(ED25519), sized(open)]);
  const check = Buffer.from('twicetwice').subarray(0, 4);
  const content = Buffer.concat([check, check, publicKey, sized(Buffer.concat([secret, open])), sized('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (content.length % 8)) % 8 }, (_, i) => i + 1));
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sized('none'),
    sized('none'),
    sized(''),
    Buffer.from([0, 0, 0, 1]),
    sized(publicKey),
    sized(Buffer.concat([content, padding])),
  ]);
  const lines = blob.toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function sized(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
