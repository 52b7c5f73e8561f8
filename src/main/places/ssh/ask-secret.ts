/**
 * Asks for a password, the passphrase of a key, or whatever else a host wants to know (`code`, such as one that works
 * once); undefined where nobody can be asked.
 * @param shown whether what is typed may be seen
 */
export type AskSecret = (
  question: string,
  kind: 'password' | 'passphrase' | 'code',
  shown?: boolean,
) => Promise<string | undefined>;
