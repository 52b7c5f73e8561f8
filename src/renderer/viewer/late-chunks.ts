import type { RPC } from 'neuroglancer/unstable/worker_rpc.js';

/**
 * Drops what the worker still sends about chunks whose source has been released, as another scene is shown. Neuroglancer
 * throws an error at each such message.
 */
export function ignoreLateChunks(rpc: RPC): void {
  const { target } = rpc;
  const { onmessage } = target;
  target.onmessage = (event: MessageEvent<{ functionName: string; source: number }>) => {
    const { functionName, source } = event.data;
    if (functionName === 'Chunk.update' && rpc.get(source) === undefined) return;
    onmessage?.call(target, event);
  };
}
