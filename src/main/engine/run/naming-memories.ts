import { idOfMemory } from '../../../shared/base/kernel-memory';
import type { SharedBlock } from '../blocks/shared-block';
import type { StepCall } from '../steps';

/** Returns the call with the ids of memories in place of the memories, for a thread that may know them. */
export function namingMemories(call: StepCall): StepCall {
  if (call.name === 'load-region') {
    return { name: call.name, request: { ...call.request, block: namingMemory(call.request.block) } };
  }
  if (call.name === 'find-components' || call.name === 'relabel-components') {
    return { name: call.name, request: { ...call.request, block: namingMemory(call.request.block) } };
  }
  if (call.name === 'write-chunks') {
    const { block, coarser, ...others } = call.request;
    const named = coarser && { coarser: { ...coarser, block: namingMemory(coarser.block) } };
    return { name: call.name, request: { ...others, block: namingMemory(block), ...named } };
  }
  return call;
}

/** An ordinary buffer, which has no id, stays. */
function namingMemory(block: SharedBlock): SharedBlock {
  const { memory } = block;
  return typeof memory === 'string' ? block : { ...block, memory: idOfMemory(memory) ?? memory };
}
