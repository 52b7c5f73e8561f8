import { safeStorage } from 'electron';
import type { SecretCipher } from '../studio/secret-store';

/**
 * The system's keychain (Keychain, DPAPI, a secret service); undefined where Electron has but a fixed key, which
 * protects nothing. To be asked once the app is ready.
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
