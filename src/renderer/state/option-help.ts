import { OPTIONS, type ConvertOptionName } from '../../shared/api/job-spec';

/** Help for options in the words of the form, if the help for the command line names flags or formats. */
const FORM_HELP: Readonly<Partial<Record<ConvertOptionName, string>>> = {
  type: 'Labels get meshes and colours. Coarser scales of images are averages.',
  dataType: 'How many bytes a voxel takes in the dataset. Ids that do not fit are refused.',
  voxelOffset:
    'Position of the first voxel in the space that the viewer shows. Useful for a part of a larger volume.',
  orientation:
    'For volumes with anatomical axes (NIfTI, NRRD, MetaImage). The position of the volume in space does not change.',
  transpose: 'For volumes whose axes are in an unusual order.',
  window:
    'The values that become black and white, such as 100:3000. With auto, these leave out the darkest and brightest 0.5 %.',
  normalizeSmoothing: 'Each slice gets the average brightness of this many slices before and after it.',
  components: 'A segment in several pieces that do not touch becomes several segments.',
  encoding:
    'How the voxels of a chunk are stored. Labels: compressed segmentation is small and exact. Images: raw is exact, PNG is exact and smaller, JPEG is much smaller but changes values slightly. JPEG needs 8 bits, to which an intensity window (under Source) maps more.',
  blockSize: 'Within a chunk, labels are encoded block by block. Small blocks suit fine structures.',
  chunkSize:
    'A viewer loads one chunk at a time, and each is a file. Chunks of 64 voxels a side load fast over the web; larger chunks make fewer files.',
  compression: 'Gzip makes chunks several times smaller. Browsers decompress it automatically.',
  compressionLevel:
    '1 is fastest, 9 gives the smallest files. Levels above 6 make files only slightly smaller.',
  layout:
    'Web servers recognise gzipped files by the ending .gz. Object stores record the compression of each file separately.',
  sharding:
    'Few large files are easier to copy and publish than many small ones. Automatic makes them if there would be more than 20,000 files.',
  shardSize: 'Most bytes of voxels in one file, before compression.',
  skipEmpty: 'No file for a chunk that is all zeros. Viewers show nothing there either way.',
  downsample:
    'How coarser scales are computed, which viewers show when zoomed out. Majority is right for ids, average for grey values.',
  ignoreBackground:
    'Thin processes stay visible when zoomed out: a coarser voxel is background only if all its voxels are.',
  scales:
    'Number of coarser copies of the volume. With them, the whole volume appears quickly when zoomed out.',
  factors: 'How many voxels become one from scale to scale. Automatic makes the voxels nearly cubic first.',
  mesh: 'With levels of detail, large segments appear quickly, with few triangles when zoomed out. The older format is for older programs.',
  meshScale: 'Meshes of a coarser scale are faster to make, and less detailed. 0 is the full resolution.',
  meshError: 'How far a mesh may be from the surface of the voxels. Larger means fewer triangles.',
  meshSmoothing: 'Rounds off the steps of voxels, by at most half a voxel.',
  meshRatio: 'Keeps this share of the triangles of each segment, such as 10 %.',
  lods: 'Number of versions of each mesh. Each is half as detailed as the one before.',
  meshSharding: 'Stores the meshes of many segments in few files, which are faster to upload.',
  quantizationBits: 'Bits for each coordinate of a vertex. 10 gives smaller files than 16.',
  minVoxels: 'Segments with fewer voxels get no mesh.',
  meshBlock: 'Size of the region that a thread meshes at a time. It affects memory, never the result.',
  names: 'A table (CSV) with a column id, and names, descriptions, colours or tags of segments.',
  idsFile: 'Writes a table (CSV) of ids, their voxel counts and their positions.',
  workers: 'How many threads work at the same time.',
  memory: 'Most memory that the job may use, such as 4GiB.',
};

export function helpOf(name: ConvertOptionName): string {
  return FORM_HELP[name] ?? OPTIONS[name].help;
}
