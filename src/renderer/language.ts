/**
 * Loaded before all else: Chromium without a locale tells its language as "en-US@posix", which Intl refuses, and
 * libraries ask Intl while they are loaded.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US' });
}
