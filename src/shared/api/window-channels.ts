/** The channels between a window of the desktop app and its main process. */
export const CHANNELS = {
  /** From the page: a request for a connection to the studio. */
  requestPort: 'request-port',
  /** To the page: the port of a connection. */
  port: 'port',
  /** To the page: the address (from `#`) of the view to show. */
  show: 'show',
} as const;
