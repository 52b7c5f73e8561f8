import { safeStorage } from 'electron';
import type { SecretCipher } from '../studio/secret-store';

/**
 * Returns the system's keychain (Keychain, DPAPI, a secret service), or undefined if Electron only has a fixed key,
 * which protects nothing. Call this once the app is ready.
 */
export function systemKeychain(): SecretCipher | undefined {
  if (!safeStorage.isEncryptionAvailable()) return undefined;
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text')
    return undefined;
  return {
    encrypt: async (text) => safeStorage.encryptString(text).toString('base64'),
    decrypt: async (encrypted) => safeStorage.decryptString(Buffer.from(encrypted, 'base64')),
  };
}
