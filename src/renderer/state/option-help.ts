import { OPTIONS, type ConvertOptionName } from '../../shared/api/job-spec';

/** Help for options in the words of the form, if the help for the command line names flags or formats. */
const FORM_HELP: Readonly<Partial<Record<ConvertOptionName, string>>> = {
  type: 'Labels get meshes and colours. Coarser scales of images are averages.',
  dataType: 'How many bytes a voxel takes in the dataset. Ids that do not fit are refused.',
  voxelOffset:
    'Where the first voxel lies in the space that the viewer shows: for a piece that was cut out of a larger volume.',
  orientation:
    'For volumes with anatomical axes (NIfTI, NRRD, MetaImage). The place of the volume in space stays as it is.',
  transpose: 'For volumes whose axes are in another order than is usual.',
  window:
    'The values that become black and white, such as 100:3000. With auto, these leave out the darkest and brightest 0.5 %.',
  normalizeSmoothing:
    'Each slice is made as bright as its neighbours on the whole: so many slices before and after it are averaged.',
  components: 'A segment in several pieces that do not touch becomes several segments.',
  encoding:
    'How a chunk is packed. Labels: compressed segmentation, small and exact. Images: raw is exact, PNG exact and smaller, JPEG far smaller, with slightly other values.',
  blockSize: 'Within a chunk, labels are packed block by block. Small blocks suit fine structures.',
  chunkSize:
    'The piece that a viewer loads at once, a file each. 64 a side loads fast over the web; larger ones make fewer files.',
  compression: 'Gzip makes chunks several times smaller; browsers unpack it by themselves.',
  compressionLevel: '1 is fastest, 9 gives the smallest files. Beyond 6 there is little to win.',
  layout:
    'Web servers find gzipped files by the ending .gz; object stores keep how a file is packed beside it.',
  sharding:
    'Many chunks in a file are easier to copy and publish. Automatic does that where there would be more than 20,000 files.',
  shardSize: 'A file holds at most this many bytes of voxels, before they are packed.',
  skipEmpty: 'No file for a chunk that is all zeros. Viewers show nothing there either way.',
  downsample:
    'How the coarser copies are made that are shown from afar. Majority keeps ids right; average is for grey values.',
  ignoreBackground:
    'Thin processes stay visible from afar: background wins only where there is nothing else.',
  scales: 'Copies of the volume, each coarser than the one before, so that it is shown at once from afar.',
  factors: 'How many voxels become one from scale to scale. Automatic brings voxels to equal sides first.',
  mesh: 'Levels of detail show large segments at once, from afar with few triangles. The older format is for older programs.',
  meshScale: 'Meshes of a coarser scale are made faster, and are rougher. 0 is the full resolution.',
  meshError: 'How far a mesh may be from the surface of the voxels. Larger means fewer triangles.',
  meshSmoothing: 'Rounds off the steps of voxels, by at most half a voxel.',
  meshRatio: 'Keeps this share of the triangles of each segment, such as 10 %.',
  lods: 'How many versions of each mesh there are, each half as fine as the one before.',
  meshSharding: 'Packs the meshes of many segments into few files, which hosts and uploads handle better.',
  quantizationBits: 'How finely corners of meshes are stored. 10 gives smaller files.',
  minVoxels: 'Specks of fewer voxels get no mesh.',
  meshBlock: 'How much a thread meshes at once. It decides the memory that is taken, never the result.',
  names: 'A table (CSV) with a column id, and names, descriptions, colours or tags of segments.',
  idsFile: 'A table (CSV) that is written: ids, their voxel counts, and where they lie.',
  workers: 'How many threads work at the same time.',
  memory: 'The most memory that the job may take, such as 4GiB.',
};

export function helpOf(name: ConvertOptionName): string {
  return FORM_HELP[name] ?? OPTIONS[name].help;
}
