import type { OwnWay } from '../../shared/api/publish-types';
import { counted } from '../../shared/base/format-quantity';
import type { CheckReport } from '../check/check-url';

/** The command line's way to solve each problem. */
const WAYS: Readonly<Record<OwnWay, string>> = {
  'set-up-bucket': '`publish --configure` sets that, if the server has settings for it.',
  nginx: '`publish --nginx` prints the whole configuration.',
  unzip:
    '`publish --compression none --delete` sends files that any server shows, and removes the gzipped ones.',
  'other-viewer': '`--viewer` names another viewer.',
  'remove-stale': '`publish --delete` removes them.',
  'look-at-all': '`check --all` does.',
};

/** Formats the check of a published dataset for people: what was read, then the problems and their remedies. */
export function describeCheck(report: CheckReport): string {
  const { url, findings, scales, meshes, all, ok, link } = report;
  const lines = scales.map(
    ({ key, checked, missing }) =>
      `  ${key}: ${counted(checked - missing, 'chunk')} read${missing === 0 ? '' : `, ${missing} missing`}`,
  );
  if (meshes > 0) lines.push(`  meshes: ${meshes} read${all ? ', each fragment decoded' : ' in part'}`);
  const more = leftOut(report);
  if (more !== undefined) lines.push(`  This was a sample: \`check ${url} --all\` reads ${more}.`);
  for (const finding of findings) {
    const often = finding.count > 1 ? ` (${finding.count} times)` : '';
    lines.push(
      `${finding.severity === 'failure' ? 'FAILS' : 'Warning'}: ${finding.message}${often}`,
      `  at ${finding.url}`,
      `  ${[finding.remedy, ...(finding.ways ?? []).map((way) => WAYS[way])].join(' ')}`,
    );
  }
  lines.push(ok ? `The viewer can open ${url}.` : `The viewer can NOT open ${url} correctly.`);
  if (link !== undefined) lines.push(`Open in Neuroglancer: ${link}`);
  return lines.join('\n');
}

/** What a sample has not read; undefined if it has read all there is. */
function leftOut({ all, scales, meshes }: CheckReport): string | undefined {
  if (all) return undefined;
  const kinds = [
    ...(scales.some(({ chunks, checked }) => checked < chunks) ? ['every chunk'] : []),
    ...(meshes > 0 ? ['every mesh'] : []),
  ];
  return kinds.length === 0 ? undefined : kinds.join(' and ');
}
