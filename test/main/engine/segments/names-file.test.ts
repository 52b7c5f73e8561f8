import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNames } from '../../../../src/main/engine/segments/names-file';
import { readSegmentIds } from '../../../../src/main/engine/segments/segment-ids';
import { temporaryFolder } from '../../../temporary-folder';

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'names.csv');
  await writeFile(path, content);
  return path;
}

test('names are read with their quotes, line breaks and marks', async () => {
  const { names, notes } = await readNames(
    await file(
      '\uFEFFID, Label ,notes,Tag a,tags\n18446744073709551615,"a ""b"", c\nd",x,#one,"two;one three"\n\n7,,,,\n',
    ),
  );
  expect([...names]).toEqual([
    [2n ** 64n - 1n, { label: 'a "b", c\nd', description: '', tags: ['one', 'two', 'one', 'three'] }],
    [7n, { label: '', description: '', tags: [] }],
  ]);
  expect(notes).toEqual([expect.stringContaining("columns that aren't taken over: notes.")]);
});

test.each([
  ['acronym,id,name,parent\nroot,997,root,\nSupA,614454277,"Supra, gray",997\n'],
  ['id;name;acronym\n997.0;root;root\n614454277.0;Supra, gray;SupA\n'],
  ['id;name;acronym\n9.97e+02;root;root\n6.14454277E8;Supra, gray;SupA\n'],
  [Buffer.from('\uFEFFid\tname\tacronym\n997\troot\troot\n614454277\tSupra, gray\tSupA\n', 'utf16le')],
])('tables of atlases are read as they are (%#)', async (content) => {
  expect([...(await readNames(await file(content))).names]).toEqual([
    [997n, { label: 'root', description: 'root', tags: [] }],
    [614454277n, { label: 'Supra, gray', description: 'SupA', tags: [] }],
  ]);
});

test.each([
  '[{"acronym":"root","id":997,"name":"root","structure_id_path":[997],"rgb_triplet":[255,128,0]},' +
    '{"acronym":"SupA","id":18446744073709551615,"name":"Supra, gray","structure_id_path":[997,1],"rgb_triplet":[0,0,255]}]',
  '{"success":true,"msg":[{"id":997,"acronym":"root","name":"root","color_hex_triplet":"FF8000","structure_id_path":"/997/",' +
    '"children":[{"id":18446744073709551615,"acronym":"SupA","name":"Supra, gray","color_hex_triplet":"0000FF","children":[]}]}]}',
])('the JSON of atlases is a table of structures (%#)', async (content) => {
  const { names, notes } = await readNames(await file(content));
  expect([...names]).toEqual([
    [997n, { label: 'root', description: 'root', tags: [], colour: '#ff8000' }],
    [2n ** 64n - 1n, { label: 'Supra, gray', description: 'SupA', tags: [], colour: '#0000ff' }],
  ]);
  expect(notes).toEqual([expect.stringContaining("aren't taken over: structure_id_path.")]);
});

test('columns are named as the file spells them', async () => {
  await expect(readNames(await file('id,Label,Cell Type\n1,a,b\n'))).resolves.toMatchObject({
    notes: [expect.stringContaining("aren't taken over: Cell Type.")],
  });
});

const ITK_SNAP = `################################################
# ITK-SnAP Label Description File
# File format:
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0    0        1  1  1    "soma, left"
   12     0  255    0      0.5  1  1    "axon"
`;
const FREESURFER = `#$Id: FreeSurferColorLUT.txt
#No. Label Name:                            R   G   B   A

0   Unknown                                 0   0   0   0
1   soma                                    70  130 180 0
12  axon                                    245 245 245 0
`;

test.each([
  [ITK_SNAP, 'soma, left', '#ff0000', '#00ff00'],
  [FREESURFER, 'soma', '#4682b4', '#f5f5f5'],
])('tables of colours have names too (%#)', async (content, soma, ...colours) => {
  const { names, notes } = await readNames(await file(content));
  expect([...names]).toEqual([
    [1n, { label: soma, description: '', tags: [], colour: colours[0] }],
    [12n, { label: 'axon', description: '', tags: [], colour: colours[1] }],
  ]);
  expect(notes).toEqual([]);
});

test.each([
  'id,name,color_hex_triplet\n1,a,FF8000\n2,b,\n',
  'id,name,color\n1,a,#ff8000\n2,b,none\n',
  'id,name,rgb_triplet\n1,a,"[255, 128, 0]"\n2,b,"[1, 2]"\n',
  'id,name,r,g,b\n1,a,255,128,0\n2,b,300,0,0\n',
])('colours are read as atlases write them: %j', async (content) => {
  const { names, notes } = await readNames(await file(content));
  expect([...names].map(([, { colour }]) => colour)).toEqual(['#ff8000', undefined]);
  expect(notes).toEqual([]);
});

test('columns may be said to hold what their names do not say', async () => {
  const path = await file('Root ID,Cell type,side,Tint\n5,axon,left,#0000ff\n');
  await expect(readNames(path)).rejects.toThrow('has no column named id, but Root ID, Cell type, side, Tint');
  const { names, notes } = await readNames(path, 'id=Root ID,label=cell type, tags=side,colour=Tint');
  expect([...names]).toEqual([[5n, { label: 'axon', description: '', tags: ['left'], colour: '#0000ff' }]]);
  expect(notes).toEqual([]);
  await expect(readNames(path, 'id=Root')).rejects.toThrow('has no column named Root, but Root ID');
});

test.each([
  ['label\nx\n', 'has no column named id', undefined],
  ['id,volume\n1,2\n', 'has no column of names, but id, volume', undefined],
  [
    'id,label\n1,a\nx,b\n1,c\n',
    'rows that name no segment',
    ["row 3: 'x' is not a segment id", 'row 4: the id 1 occurs twice'],
  ],
  [
    'id,label\n18446744073709551616,a\n',
    'rows that name no segment',
    ["row 2: '18446744073709551616' is not a segment id"],
  ],
  [
    'id,label,tag\n1,a,b,,\n2,large, round,b\n',
    'rows that name no segment',
    ["row 3: 'b' is beyond the last column; a cell with a comma needs quotes"],
  ],
  ['id,label\n1,"open\n', 'not valid CSV', []],
  [Uint8Array.of(0x69, 0x64, 10, 0xff, 10), 'is neither UTF-8 nor UTF-16', []],
])('%j is refused', async (content, message, details) => {
  const reading = readNames(await file(content));
  await expect(reading).rejects.toThrow(message);
  if (details !== undefined) await expect(reading).rejects.toMatchObject({ details });
});

test('ids come from a list or a file', async () => {
  expect(await readSegmentIds('3, 5;3 18446744073709551615', 'segments')).toEqual([3n, 5n, 2n ** 64n - 1n]);
  expect(await readSegmentIds(await file('1 # one\n\n2,3\n'), 'segments')).toEqual([1n, 2n, 3n]);
  await expect(readSegmentIds('1,18446744073709551616', 'exclude')).rejects.toThrow('--exclude');
  await expect(readSegmentIds(await file('1\nseven\n'), 'segments')).rejects.toThrow("'seven'");
  await expect(readSegmentIds(await file('# none\n'), 'segments')).rejects.toThrow('no ids');
  await expect(readSegmentIds('/no/such/file', 'segments')).rejects.toMatchObject({ tag: 'invalid-input' });
});

test('large ids in JSON are exact in any column, and texts stay as they are', async () => {
  const path = join(await temporaryFolder(), 'names.json');
  await writeFile(
    path,
    '[{"id": 1, "root": 720575940621039145, "name": "a: 9007199254740993, b"}, {"id": 2, "root":9007199254740993.0, "name": "c"}]',
  );
  const { names } = await readNames(path, 'id=root');
  expect([...names].map(([id, { label }]) => [id, label])).toEqual([
    [720575940621039145n, 'a: 9007199254740993, b'],
    [9007199254740993n, 'c'],
  ]);
});
