import { expect, test } from 'vitest';
import type { SegmentRow } from '../../../../src/main/engine/segments/segment-counts';
import { segmentsCsv } from '../../../../src/main/engine/segments/segment-files';

const SEGMENTS = 9000;

async function* rows(): AsyncGenerator<SegmentRow> {
  for (let i = 0; i < SEGMENTS; i++) {
    const box = i === 1 ? undefined : ({ min: [0, 0, i], max: [1, 2, i + 1] } as const);
    yield { id: 2n ** 63n + BigInt(i), voxels: 1000, isMeshed: i === 0, box };
  }
}

test('a list of many segments comes in few parts, each row once', async () => {
  const parts: string[] = [];
  for await (const part of segmentsCsv({ rows: rows(), areEstimates: false }, [10, 10, 10])) parts.push(part);
  expect(parts).toHaveLength(3);
  const lines = parts.join('').split('\n');
  expect(lines).toHaveLength(SEGMENTS + 2);
  expect(lines.slice(0, 3)).toEqual([
    'id,voxels,mesh,min_x,min_y,min_z,max_x,max_y,max_z,volume_um3',
    '9223372036854775808,1000,yes,0,0,0,1,2,1,0.001',
    '9223372036854775809,1000,no,,,,,,,0.001',
  ]);
  expect(lines.slice(-2)).toEqual(['9223372036854784807,1000,no,0,0,8999,1,2,9000,0.001', '']);
});
