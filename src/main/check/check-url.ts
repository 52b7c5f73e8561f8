import { CancelledError } from '../../shared/base/errors';
import { isLoopbackUrl } from '../../shared/base/loopback-url';
import {
  layerName,
  PUBLIC_VIEWER_URL,
  sceneOfVolumes,
  viewerLink,
} from '../../shared/precomputed/viewer-link';
import { parseVolumeInfo, volumeInfoProblems, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { datasetAddress, objectUrl } from '../base/web-address';
import { skipsEmpty } from '../engine/dataset/provenance';
import { decodeBody, explainStatus } from './answer-rules';
import { readJson, type CheckContext, type CheckRequest } from './check-context';
import { checkHead, checkPreflight } from './check-methods';
import { checkMeshes } from './check-meshes';
import { checkSegmentProperties } from './check-properties';
import { checkScale, type ScaleCheck } from './check-scale';
import { Findings, type Finding } from './findings';
import { askFollowing } from './follow';
import { corsAdvice } from './server-advice';
import { Prober } from './probe';

export interface CheckReport {
  readonly url: string;
  readonly viewer: string;
  /** True if nothing would keep the viewer from showing the data. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly scales: readonly ScaleCheck[];
  /** Number of meshes that were read. */
  readonly meshes: number;
  /** Whether all chunks and meshes were checked, not only a sample. */
  readonly all: boolean;
  /** True if a required object is missing, perhaps only for now. */
  readonly lacks?: boolean;
  /** Link that opens the dataset in the viewer; undefined if the info can't be read. */
  readonly link?: string;
}

/**
 * Checks a published dataset from outside, as a page of the viewer reads it. Anything that a browser would hide from
 * the page counts as a failure.
 * @throws InvalidInputError if the address isn't valid, CancelledError
 */
export async function checkUrl(request: CheckRequest): Promise<CheckReport> {
  const base = datasetAddress(request.url);
  const viewer = request.viewer ?? PUBLIC_VIEWER_URL;
  const findings = new Findings();
  const prober = new Prober(new URL(viewer).origin, request.signal);
  const context: CheckContext = { base, prober, findings, request };
  const scales: ScaleCheck[] = [];
  let meshes = 0;
  let info: VolumeInfo | undefined;
  try {
    checkMixedContent(base, viewer, findings);
    info = await checkInfo(context);
    if (info !== undefined) {
      await checkMissing(context);
      await checkHead(context);
      await checkPreflight(context, needsRanges(info));
      const segments = new Set<bigint>();
      const mayMiss = await mayMissChunks(context);
      for (const scale of info.scales) scales.push(await checkScale(context, info, scale, mayMiss, segments));
      await checkSegmentProperties(context, info, segments);
      meshes = await checkMeshes(context, info, segments);
    }
  } catch (error) {
    if (request.signal.aborted) throw new CancelledError();
    reportBrokenConnection(error, base, findings);
  } finally {
    prober.close();
  }
  const list = findings.list();
  const name = layerName(decodeURIComponent(base.slice(base.lastIndexOf('/') + 1))) || 'dataset';
  return {
    url: base,
    viewer,
    ok: list.every(({ severity }) => severity !== 'failure'),
    findings: list,
    scales,
    meshes,
    all: request.all === true,
    ...(context.lacks === undefined ? {} : { lacks: context.lacks }),
    ...(info === undefined
      ? {}
      : { link: viewerLink(sceneOfVolumes([{ info, datasetUrl: base, name }]), viewer) }),
  };
}

function reportBrokenConnection(error: unknown, base: string, findings: Findings): void {
  const io = error as { tag?: string; message?: string; remedy?: string; fields?: { url?: string } };
  if (io.tag !== 'io') throw error;
  findings.fail('address', io.fields?.url ?? base, io.message ?? '', io.remedy ?? '');
}

/** Reports data on http for a viewer on https, which browsers block except for addresses of the user's own machine. */
function checkMixedContent(base: string, viewer: string, findings: Findings): void {
  if (!viewer.startsWith('https:') || !base.startsWith('http:') || isLoopbackUrl(base)) return;
  findings.fail(
    'address',
    base,
    `The data is served by http and the viewer ${viewer} by https: browsers block such mixed content.`,
    {
      remedy:
        'Serve the data by https (a certificate of Let’s Encrypt costs nothing), or use a viewer that is served by http.',
      ways: ['other-viewer'],
    },
  );
}

async function checkInfo(context: CheckContext): Promise<VolumeInfo | undefined> {
  const json = await readJson(context, 'info', 'info');
  if (json === undefined) return undefined;
  const url = objectUrl(context.base, 'info');
  const problems = volumeInfoProblems(json);
  for (const problem of problems) {
    const remedy = 'Convert the volume again, or correct the file and upload it.';
    context.findings.fail('info', url, `The viewer rejects the info: ${problem}.`, remedy);
  }
  return problems.length === 0 ? parseVolumeInfo(json, url) : undefined;
}

/** Checks that missing files are answered with 404 and CORS headers; otherwise they look like a broken server. */
async function checkMissing(context: CheckContext): Promise<void> {
  const { base, prober, findings } = context;
  const url = objectUrl(base, 'precomputed-studio-check-of-a-missing-object');
  const answer = await askFollowing(prober, { url }, findings);
  if (answer === undefined) return;
  if (answer.status === 200) {
    const message = 'Missing files are answered with status 200, so viewers take the answer for data.';
    findings.fail('missing', url, message, 'Let the server answer 404 (nginx: try_files $uri =404).');
    return;
  }
  // S3 answers 403 if the client may not list the bucket. Viewers treat that as a missing object too.
  context.absentIsForbidden = answer.status === 403;
  if (answer.status !== 404 && answer.status !== 403) {
    const [text, remedy] = explainStatus(answer);
    findings.warn('missing', url, `Missing files are not answered with 404: ${text}.`, remedy);
  }
  if (answer.headers['access-control-allow-origin'] === undefined) {
    findings.warn(
      'missing',
      url,
      `Answers of status ${answer.status} carry no Access-Control-Allow-Origin, so that in the browser a missing chunk looks like a network error.`,
      corsAdvice(answer.headers),
    );
  }
}

function needsRanges(info: VolumeInfo): boolean {
  return info.mesh !== undefined || info.scales.some(({ sharding }) => sharding !== undefined);
}

/** Reports whether empty chunks have no file, according to our provenance; undefined for datasets of other tools. */
async function mayMissChunks({ base, prober }: CheckContext): Promise<boolean | undefined> {
  const answer = await prober.ask({ url: objectUrl(base, 'provenance') });
  if (answer.status !== 200) return undefined;
  const body = await decodeBody(answer, new Findings());
  return skipsEmpty(body?.toString('utf8') ?? '');
}
