import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import {
  adoptKernelMemory,
  allocateKernelMemory,
  kernelMemoryOf,
  reserveScratch,
  scratchOf,
  type KernelMemory,
} from '../../../src/shared/base/kernel-memory';

/** Returns the memory as another thread receives it: each time as another object. */
function posted(memory: KernelMemory): KernelMemory {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(memory);
  const received = (receiveMessageOnPort(port2) as { message: KernelMemory }).message;
  port1.close();
  return received;
}

function scratchIn({ buffer }: KernelMemory) {
  const memory = kernelMemoryOf(buffer);
  return memory && scratchOf(memory);
}

describe('a kernel memory', () => {
  test('that is posted again and again is the same object for the thread that adopts it', () => {
    const memory = allocateKernelMemory(100, 2);
    const first = adoptKernelMemory(posted(memory));
    expect(adoptKernelMemory(posted(memory))).toBe(first);
    expect(adoptKernelMemory(posted(allocateKernelMemory(100, 2)))).not.toBe(first);
    new Uint8Array(memory.buffer)[7] = 1;
    expect(new Uint8Array(first.buffer)[7]).toBe(1);
  });

  test('is forgotten when many others came after it', () => {
    const memory = allocateKernelMemory(100);
    const first = adoptKernelMemory(posted(memory));
    for (let i = 0; i < 8; i++) adoptKernelMemory(posted(allocateKernelMemory(100)));
    expect(adoptKernelMemory(posted(memory))).not.toBe(first);
  });

  test('gives each thread a scratch of its own, behind the voxels, as long as there are some', () => {
    const memory = allocateKernelMemory(1000, 2);
    // Two threads have two objects for the same memory.
    const [one, other, late] = [
      scratchIn(memory),
      scratchIn(adoptKernelMemory(posted(memory))),
      posted(memory),
    ];
    expect(scratchIn(memory)).toBe(one);
    expect(one?.start).toBeGreaterThanOrEqual(1000);
    expect(other?.start).toBeGreaterThanOrEqual(1000);
    expect(Math.abs((one?.start ?? 0) - (other?.start ?? 0))).toBe((one?.end ?? 0) - (one?.start ?? 0));
    expect((one?.start ?? 1) % 16).toBe(0);
    for (let i = 0; i < 8; i++) adoptKernelMemory(posted(allocateKernelMemory(100)));
    expect(scratchIn(adoptKernelMemory(late))).toBeUndefined();
  });

  test('reserves half of a scratch once at a time, of which others get the other half', () => {
    const memory = allocateKernelMemory(1000, 1);
    const whole = scratchIn(memory);
    const reserved = reserveScratch(memory.buffer, 1000);
    const { byteOffset: start = 0, length } = reserved?.bytes ?? {};
    const rest = scratchIn(memory);
    const half = ((whole?.end ?? 0) - (whole?.start ?? 0)) / 2;
    expect([length, start % 16, rest?.start]).toEqual([half - 64, 0, whole?.start]);
    expect(rest?.end).toBeLessThanOrEqual(start);
    // Kernels read slightly past the voxels.
    expect(start + half).toBe(whole?.end);
    expect(reserveScratch(memory.buffer, 1)).toBeUndefined();
    reserved?.release();
    expect(scratchIn(memory)).toBe(whole);
    expect(reserveScratch(memory.buffer, half)).toBeUndefined();
    expect(reserveScratch(memory.buffer, half - 64)).toBeDefined();
  });

  test('without scratches has none to reserve', () => {
    expect(reserveScratch(allocateKernelMemory(1000).buffer, 1)).toBeUndefined();
    expect(reserveScratch(new ArrayBuffer(1000), 1)).toBeUndefined();
  });

  test('without scratches has none to give', () => {
    expect(scratchIn(allocateKernelMemory(1000))).toBeUndefined();
  });
});
