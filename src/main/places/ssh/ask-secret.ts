/**
 * Asks for a password, the passphrase of a key, or anything else that a host asks for (`code`, such as a one-time
 * code). Returns undefined if nobody can be asked.
 * @param shown whether the typed characters may be visible
 */
export type AskSecret = (
  question: string,
  kind: 'password' | 'passphrase' | 'code',
  shown?: boolean,
) => Promise<string | undefined>;
