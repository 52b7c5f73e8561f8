import type { PublishPlanSummary, PublishProgress, PublishSummary } from '../../shared/api/publish-events';
import { counted, formatBytes, formatDuration, formatTimeLeft } from '../../shared/base/format-quantity';
import { progressBar } from './progress-line';

const STALE_SHOWN = 10;

/** @param allStale whether to list all objects that are no longer part of the dataset, or only some of them */
export function describePublishStart(plan: PublishPlanSummary, allStale: boolean): string {
  const lines = [`${plan.target}: ${amountOf(plan, 'to send')}, ${plan.unchangedFiles} already there.`];
  if (plan.staleFiles > 0) {
    const shown = plan.staleExamples.slice(0, allStale ? undefined : STALE_SHOWN);
    const more = plan.staleFiles - shown.length;
    lines.push(
      `${counted(plan.staleFiles, 'object')} at the target ${noLongerBelongs(plan.staleFiles)} (--delete removes them):`,
      ...shown.map((key) => `  ${key}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    );
  }
  if (plan.otherFiles > 0) {
    lines.push(
      plan.otherFiles === 1
        ? '1 other object at the target is left alone.'
        : `${plan.otherFiles} other objects at the target are left alone.`,
    );
  }
  return lines.join('\n');
}

/** Files may be sent in another size than they have here, as they are unpacked or packed on the way. */
function amountOf(
  { files, bytes }: { readonly files: number; readonly bytes: number },
  verb: string,
): string {
  return files === 0
    ? `nothing ${verb}`
    : `${counted(files, 'file')} ${verb} (${formatBytes(bytes)} on this disk)`;
}

function noLongerBelongs(objects: number): string {
  return `no longer ${objects === 1 ? 'belongs' : 'belong'} to the dataset`;
}

export function describePublishProgress(progress: PublishProgress): string {
  const fraction = progress.files === 0 ? 1 : progress.filesDone / progress.files;
  const parts = [
    progressBar(fraction),
    `${progress.filesDone} of ${counted(progress.files, 'file')}`,
    `${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytes)}`,
    `${formatBytes(progress.bytesPerSecond)}/s`,
  ];
  if (progress.remainingMs !== undefined) parts.push(formatTimeLeft(progress.remainingMs));
  if (progress.retries > 0) parts.push(`${progress.retries} retries`);
  return parts.join(' · ');
}

export function describePublished(summary: PublishSummary, plan: PublishPlanSummary): string {
  const lines = [
    `${summary.target}: ${amountOf(summary, 'sent')} in ${formatDuration(summary.elapsedMs)}, ` +
      `${summary.unchangedFiles} already there` +
      `${summary.deletedFiles > 0 ? `, ${summary.deletedFiles} removed` : ''}.`,
  ];
  if (summary.staleFiles > 0)
    lines.push(`${counted(plan.staleFiles, 'object')} at the target ${noLongerBelongs(plan.staleFiles)}.`);
  if (summary.url === undefined) {
    lines.push('Add the web address with --url to have it checked and to get a link.');
  } else {
    lines.push(`Published at ${summary.url}`);
  }
  return lines.join('\n');
}
