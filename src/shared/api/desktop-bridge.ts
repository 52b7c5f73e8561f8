/**
 * What the window of the desktop app adds to its page, as `window.precomputedStudio`: the way to the studio, and
 * the paths of what is dropped. All else goes through the contract.
 */
export interface DesktopBridge {
  /**
   * Asks for a connection to the studio. The answer is a message to the window itself: {@link STUDIO_PORT}, with
   * a MessagePort that speaks the contract.
   */
  requestPort(): void;
  /** The full path of a file or folder that the user dropped; empty for a file made by a script. */
  pathForFile(file: File): string;
}

/** The message that brings the page its port. */
export const STUDIO_PORT = 'precomputed-studio-port';
