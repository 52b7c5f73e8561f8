import { expect, test } from 'vitest';
import { longLinkWords, stateOfLink } from '../../../src/renderer/state/target-words';
import { stateLink } from '../../../src/shared/precomputed/viewer-link';

const VIEWER = 'https://viewer.example';

function linkWithColours(count: number): string {
  const segmentColors = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [String(i + 1), '#ff8000']),
  );
  return stateLink({ layers: [{ name: 'cells', segmentColors }] }, VIEWER);
}

test('a link with a thousand colours comes with a shorter way to share it', () => {
  const link = linkWithColours(1000);
  expect(longLinkWords(link)).toMatch(
    /^This link has 2\d,\d{3} characters.*send https:\/\/viewer\.example\/#! with/,
  );
  expect(
    Object.keys(
      (JSON.parse(stateOfLink(link)) as { layers: { segmentColors: object }[] }).layers[0]?.segmentColors ??
        {},
    ),
  ).toHaveLength(1000);
  expect(longLinkWords(linkWithColours(20))).toBeUndefined();
});
