import { expect, test } from 'vitest';
import { longLinkWords, ownMachineWords, stateOfLink } from '../../../src/renderer/state/target-words';
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

test.each([
  ['http://127.0.0.1:8080/cells', 'precomputed://http://127.0.0.1:8080/cells'],
  [
    'a source with more than an address',
    { url: 'precomputed://http://localhost:8080/cells', subsources: {} },
  ],
])('a link to data on this machine is said to be of no use to others: %s', (_, source) => {
  const link = stateLink({ layers: [{ name: 'cells', source }] }, VIEWER);
  expect(ownMachineWords(link)).toMatch(
    /^Only browsers on this machine can open this link, as its data are at (127\.0\.0\.1|localhost):8080\./,
  );
});

test('nothing is said of a link to data on the web', () => {
  const source = 'precomputed://https://data.example/cells';
  expect(ownMachineWords(stateLink({ layers: [{ name: 'cells', source }] }, VIEWER))).toBeUndefined();
});
