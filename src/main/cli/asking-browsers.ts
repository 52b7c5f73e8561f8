/** What browsers do when a page from the web, such as the public Neuroglancer, reads data from this machine. */
export const ASKING_BROWSERS =
  'Firefox and Chromium ask whether that page may read from this machine: allow it. Safari never allows it.';
