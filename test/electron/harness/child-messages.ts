/** Between the main process and what stands in for its utility process; ports go by number. */
export type ToChild =
  { readonly type: 'message'; readonly data: unknown; readonly ports: readonly number[] } | PortMessage;

export type FromChild = { readonly type: 'message'; readonly data: unknown } | PortMessage;

type PortMessage =
  | { readonly type: 'port'; readonly id: number; readonly data: unknown }
  | { readonly type: 'close-port'; readonly id: number };
