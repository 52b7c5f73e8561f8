/** Messages between the main process and the replacement of its utility process. Ports are identified by numbers. */
export type ToChild =
  | { readonly type: 'message'; readonly data: unknown; readonly ports: readonly number[] }
  | PortMessage;

export type FromChild = { readonly type: 'message'; readonly data: unknown } | PortMessage;

type PortMessage =
  | { readonly type: 'port'; readonly id: number; readonly data: unknown }
  | { readonly type: 'close-port'; readonly id: number };
