import type { SourceOpener } from './source-opener';

/**
 * The formats that can be read, with their names in handles. The first format that recognises a path opens it. The code
 * of a format is loaded only when it is needed, so that a worker loads only the code of the format it reads.
 */
export const OPENERS: readonly (readonly [format: string, load: () => Promise<SourceOpener>])[] = [
  ['bossdb', async () => (await import('./bossdb/boss-opener')).bossOpener],
  ['precomputed', async () => (await import('./precomputed-opener')).precomputedOpener],
  ['tiff', async () => (await import('./tiff/tiff-opener')).tiffOpener],
  ['zarr', async () => (await import('./zarr/zarr-opener')).zarrOpener],
  ['wkw', async () => (await import('./webknossos/wkw-opener')).wkwOpener],
  ['bdv', async () => (await import('./bdv/bdv-opener')).bdvOpener],
  ['n5', async () => (await import('./n5/n5-opener')).n5Opener],
  ['knossos', async () => (await import('./knossos/knossos-opener')).knossosOpener],
  // This comes after the formats whose folders may hold a picture beside the data.
  ['images', async () => (await import('./images/image-opener')).imageOpener],
  ['hdf5', async () => (await import('./hdf5/hdf5-opener')).hdf5Opener],
  ['npy', async () => (await import('./numpy/npy-opener')).npyOpener],
  ['npz', async () => (await import('./numpy/npz-opener')).npzOpener],
  ['nrrd', async () => (await import('./nrrd/nrrd-opener')).nrrdOpener],
  ['nifti', async () => (await import('./nifti/nifti-opener')).niftiOpener],
  ['meta-image', async () => (await import('./raw/meta-image-opener')).metaImageOpener],
  ['amira', async () => (await import('./amira/amira-opener')).amiraOpener],
  ['dicom-seg', async () => (await import('./dicom/segmentation-opener')).segmentationOpener],
  ['mgh', async () => (await import('./freesurfer/mgh-opener')).mghOpener],
  ['raw', async () => (await import('./raw/raw-opener')).rawOpener],
  ['mrc', async () => (await import('./mrc/mrc-opener')).mrcOpener],
];
