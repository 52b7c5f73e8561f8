/**
 * Loaded before everything else: without a locale, Chromium reports its language as "en-US@posix", which Intl
 * refuses, and libraries call Intl while they are loaded.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US' });
}
