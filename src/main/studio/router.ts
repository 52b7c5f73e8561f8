import { implement, ORPCError } from '@orpc/server';
import { contract } from '../../shared/api/contract';
import type { VoxelArray } from '../../shared/base/data-type';
import { serializeError } from '../../shared/base/errors';
import { sharedProgress } from '../engine/cluster/shared-progress';
import { planConversion } from '../engine/job/conversion-plan';
import { openDataset } from '../engine/dataset/dataset';
import { deleteDataset } from '../engine/delete-dataset';
import { moveToTrash } from './trash';
import { estimateConversion } from '../engine/forecast/estimate';
import { sizeOfFolder } from '../base/disk-space';
import { sampleJpeg } from '../engine/forecast/jpeg-sample';
import { findDropped } from './find-dropped';
import { openDatasetAt } from './open-dataset-at';
import { thumbnail } from './library';
import { publishProcedures } from './publish-procedures';
import { listSegments, locateSegment } from './segment-list';
import type { Slice } from './slice-reader';
import { likelyFolders, makeSample, suggestOutput } from './starting-points';
import type { Studio } from './studio';

const api = implement(contract);

/** Implements the contract's procedures with `studio`. */
export function createRouter(studio: Studio) {
  const { files, sources, jobs, conversions, datasetJobs } = studio;
  return api.router({
    session: api.session.handler(() => studio.session()),
    events: api.events.handler(({ signal }) => studio.watch(signal)),
    files: {
      places: api.files.places.handler(() => files.places()),
      list: api.files.list.handler(({ input }) => files.list(input.path)),
      createFolder: api.files.createFolder.handler(async ({ input }) => ({
        path: await files.createFolder(input.path),
      })),
      findDropped: api.files.findDropped.handler(async ({ input, signal }) => ({
        paths: await findDropped(files, await likelyFolders(files, studio.settings), input, signal),
      })),
      allow: api.files.allow.handler(async ({ input }) => ({
        path: await studio.preferences.allowFolder(input.path),
      })),
      disallow: api.files.disallow.handler(({ input }) => studio.preferences.disallowFolder(input.path)),
      choose: api.files.choose.handler(async ({ input }) => studio.choosePath(input)),
      reveal: api.files.reveal.handler(async ({ input }) => studio.reveal(await files.allow(input.path))),
    },
    source: {
      inspect: api.source.inspect.handler(async ({ input }) =>
        sources.inspect(await studio.allowSource(input)),
      ),
      slice: api.source.slice.handler(async ({ input }) => {
        const { kind, z, maxSide, ...source } = input;
        return encodeSlice(await sources.slice(await studio.allowSource(source), kind, z, maxSide));
      }),
    },
    useToken: api.useToken.handler(({ input }) => studio.tokens.use(input, input.keep)),
    suggestOutput: api.suggestOutput.handler(async ({ input }) => ({
      path: await suggestOutput(files, studio.settings, await files.allowInput(input.path)),
    })),
    plan: api.plan.handler(({ input, signal }) => conversions.report(input, signal)),
    estimate: api.estimate.handler(async ({ input }) =>
      estimateConversion(await planConversion((await conversions.parse(input)).spec)),
    ),
    sampleJpeg: api.sampleJpeg.handler(async ({ input }) => {
      const sample = await sampleJpeg(await planConversion((await conversions.parse(input)).spec));
      return { ...sample, before: blobOf(sample.before), after: blobOf(sample.after) };
    }),
    makeSample: api.makeSample.handler(({ signal }) => makeSample(files, signal)),
    jobs: {
      add: api.jobs.add.handler(async ({ input }) => ({
        id: await conversions.add(input, input.mode, input),
      })),
      mesh: api.jobs.mesh.handler(async ({ input }) => ({
        id: await datasetJobs.addMesh(input.spec, input.target),
      })),
      verify: api.jobs.verify.handler(async ({ input }) => ({ id: await datasetJobs.addVerify(input.path) })),
      export: api.jobs.export.handler(async ({ input }) => ({ id: await datasetJobs.addExport(input.spec) })),
      pause: api.jobs.pause.handler(({ input }) => jobs.pause(input.id)),
      resume: api.jobs.resume.handler(({ input }) => jobs.resume(input.id, input.mode)),
      cancel: api.jobs.cancel.handler(({ input }) => jobs.cancel(input.id)),
      remove: api.jobs.remove.handler(({ input }) => jobs.remove(input.id)),
      putBack: api.jobs.putBack.handler(({ input }) => studio.putBack(input.ids)),
      move: api.jobs.move.handler(({ input }) => jobs.move(input.id, input.position)),
      log: api.jobs.log.handler(({ input }) => jobs.log(input.id)),
      history: api.jobs.history.handler(() => [...studio.history.records]),
    },
    cluster: {
      plan: api.cluster.plan.handler(({ input }) => conversions.planForCluster(input)),
      progress: api.cluster.progress.handler(async ({ input }) => {
        const stages = await sharedProgress(await files.allow(input.path));
        return stages === undefined ? {} : { stages };
      }),
      finish: api.cluster.finish.handler(async ({ input }) => ({
        id: await datasetJobs.addFinish(input.path),
      })),
    },
    library: libraryProcedures(studio),
    preview: {
      open: api.preview.open.handler(({ input }) => studio.openPreview(input.path)),
      segments: api.preview.segments.handler(async ({ input }) => {
        const { root, info } = await openDatasetAt(await files.allowInput(input.path));
        return listSegments(root, info);
      }),
      locate: api.preview.locate.handler(async ({ input }) => {
        const { root, info } = await openDatasetAt(await files.allowInput(input.path));
        const position = await locateSegment(root, info, BigInt(input.id));
        return position === undefined ? {} : { position: [...position] };
      }),
    },
    projects: {
      list: api.projects.list.handler(() => studio.projects.list()),
      save: api.projects.save.handler(async ({ input }) =>
        studio.projects.save(await studio.allowProject(input)),
      ),
      remove: api.projects.remove.handler(({ input }) => studio.projects.remove(input.id)),
    },
    publish: publishProcedures(studio),
    settings: {
      update: api.settings.update.handler(({ input }) => studio.changeSettings(input)),
    },
  });
}

function libraryProcedures(studio: Studio) {
  const { files, library } = studio;
  return {
    datasets: api.library.datasets.handler(() => library.datasets()),
    unfinished: api.library.unfinished.handler(() => library.unfinished()),
    resume: api.library.resume.handler(async ({ input }) => ({
      id: await library.resume(input.path, input.input),
    })),
    discard: api.library.discard.handler(({ input }) => library.discard(input.path, input)),
    addFolder: api.library.addFolder.handler(async ({ input }) => {
      const folder = await files.allow(input.path);
      const { libraryFolders } = studio.settings;
      await studio.preferences.update({ libraryFolders: [...new Set([...libraryFolders, folder])] });
      studio.libraryChanged();
    }),
    removeFolder: api.library.removeFolder.handler(async ({ input }) => {
      const { libraryFolders } = studio.settings;
      await studio.preferences.update({
        libraryFolders: libraryFolders.filter((path) => path !== input.path),
      });
      studio.libraryChanged();
    }),
    thumbnail: api.library.thumbnail.handler(async ({ input }) => {
      const { root, info } = await openDataset(await files.allow(input.path));
      return encodeSlice(await thumbnail(root, info, input.maxSide));
    }),
    size: api.library.size.handler(async ({ input }) => ({
      bytes: (await sizeOfFolder((await openDataset(await files.allow(input.path))).root)).diskBytes,
    })),
    rename: api.library.rename.handler(async ({ input }) => ({
      path: await library.rename(input.path, input.name),
    })),
    move: api.library.move.handler(async ({ input }) => ({
      path: await library.move(input.path, input.folder),
    })),
    note: api.library.note.handler(async ({ input: { path, ...note } }) => {
      await studio.notes.set(await files.allow(path), note);
      studio.libraryChanged();
    }),
    delete: api.library.delete.handler(async ({ input }) => {
      // Only datasets can be deleted here.
      const dataset = await openDataset(await files.allow(input.path));
      await studio.jobs.whileIdle(dataset.root, () =>
        input.forever ? deleteDataset(dataset) : moveToTrash(dataset.root),
      );
      studio.libraryChanged();
    }),
  };
}

function encodeSlice({ voxels, ...rest }: Slice) {
  return { ...rest, voxels: blobOf(voxels) };
}

function blobOf({ buffer, byteOffset, byteLength }: VoxelArray): Blob {
  return new Blob([new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)]);
}

/**
 * Sends errors of the program's family with their tag and fields, in `data`. A host uses this to handle what
 * procedures throw.
 */
export function throwAsRpcError(error: unknown): never {
  if (error instanceof ORPCError) throw error;
  const data = serializeError(error);
  throw new ORPCError('STUDIO', { status: 400, message: data.message, data });
}
