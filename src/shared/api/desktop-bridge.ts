/**
 * The window of the desktop app offers this to its page as `window.precomputedStudio`: the connection to the studio,
 * and the paths of dropped files. Everything else goes through the contract.
 */
export interface DesktopBridge {
  /**
   * Asks for a connection to the studio. The answer is a message to the window itself: {@link STUDIO_PORT}, with a
   * MessagePort that speaks the contract.
   */
  requestPort(): void;
  /**
   * Returns the full path of a file or folder that the user dropped, or an empty string for a file made by a script.
   */
  pathForFile(file: File): string;
}

/** The message that contains the page's port. */
export const STUDIO_PORT = 'precomputed-studio-port';
