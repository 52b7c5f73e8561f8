import { urlSafeParse, verifyObject } from 'neuroglancer/unstable/util/json.js';
import { describe, expect, test } from 'vitest';
import {
  distinctNames,
  layerName,
  sceneOfVolumes,
  viewerLink,
  viewerState,
  type ViewerLayer,
} from '../../../src/shared/precomputed/viewer-link';
import { parseVolumeInfo } from '../../../src/shared/precomputed/volume-info';

const LAYER = {
  datasetUrl: 'https://data.example/a b/c!(1)/it\'s_"100%"',
  type: 'segmentation',
  name: 'cells',
  segments: ['12', '18446744073709551615'],
} as const;
const SCENE = {
  layers: [LAYER],
  resolutionNm: [16, 16, 40],
  position: [256, 256.5, 128],
  crossSectionScale: 1.3,
  projectionScale: 900,
  layout: '4panel',
} as const;

/**
 * Returns the state that Neuroglancer reads from a link, by its own parser and by the steps of its url_hash_binding.
 */
function stateInLink(link: string): unknown {
  const { hash } = new URL(link);
  expect(hash.startsWith('#!{') || hash.startsWith('#!%7B')).toBe(true);
  return verifyObject(urlSafeParse(decodeURIComponent(hash.slice(2))));
}

describe('links', () => {
  test("Neuroglancer's parser reads the state back, awkward characters included", () => {
    expect(stateInLink(viewerLink(SCENE))).toEqual(viewerState(SCENE));
  });

  test('are plain ASCII without characters that text around a link would swallow', () => {
    const link = viewerLink({ ...SCENE, layers: [{ ...LAYER, name: 'célula (1), 细胞' }] });
    expect(link).toMatch(/^[\w:/#!.%&=+?@$~-]+$/);
    expect(link.slice(link.indexOf('#!') + 2)).not.toMatch(/[!'()*;, ]/);
    expect(stateInLink(link)).toMatchObject({ layers: [{ name: 'célula (1), 细胞' }] });
  });

  test.each(['https://viewer.example', 'https://viewer.example/', 'https://viewer.example/#!'])(
    'open in the viewer at %s',
    (viewerUrl) => {
      expect(viewerLink(SCENE, viewerUrl).startsWith('https://viewer.example/#!%7B')).toBe(true);
    },
  );
});

function imageShader(layer: Partial<ViewerLayer>): string | undefined {
  const state = viewerState({ ...SCENE, layers: [{ ...LAYER, type: 'image', ...layer }] });
  return (state['layers'] as { shader?: string }[])[0]?.shader;
}

describe('state', () => {
  test('of a segmentation', () => {
    expect(viewerState({ ...SCENE, layers: [{ ...LAYER, datasetUrl: 'http://127.0.0.1:8080/d/' }] })).toEqual(
      {
        dimensions: { x: [1.6e-8, 'm'], y: [1.6e-8, 'm'], z: [4e-8, 'm'] },
        position: [256, 256.5, 128],
        crossSectionScale: 1.3,
        projectionScale: 900,
        layers: [
          {
            type: 'segmentation',
            source: 'precomputed://http://127.0.0.1:8080/d',
            name: 'cells',
            tab: 'segments',
            selectedAlpha: 1,
            notSelectedAlpha: 0.35,
            segments: ['12', '18446744073709551615'],
          },
        ],
        selectedLayer: { visible: false, layer: 'cells' },
        layout: '4panel',
      },
    );
  });

  test('has the colours of segments', () => {
    const coloured = { ...LAYER, segmentColours: { 12: '#ff8000' } };
    expect(viewerState({ ...SCENE, layers: [coloured] })['layers']).toEqual([
      expect.objectContaining({ segmentColors: { 12: '#ff8000' } }),
    ]);
  });

  test('of grey values leaves the shader to the viewer; channels get colours', () => {
    const shader = (channels: number) => imageShader({ channels });
    expect(shader(1)).toBeUndefined();
    expect(shader(2)).toBe(
      '#uicontrol invlerp red(channel=0)\n#uicontrol invlerp green(channel=1)\n' +
        'void main() { emitRGB(vec3(red(), green(), 0.0)); }',
    );
    expect(shader(5)).toBe(shader(3));
  });

  test('of values beyond bytes has their range in controls', () => {
    const shader = imageShader;
    expect(shader({ ranges: [[-1.5, 3000]] })).toBe(
      '#uicontrol invlerp normalized(range=[-1.5, 3000])\nvoid main() { emitGrayscale(normalized()); }',
    );
    const ranges = [
      [0, 10],
      [5, 6],
    ] as const;
    expect(shader({ channels: 2, ranges })).toBe(
      '#uicontrol invlerp red(channel=0, range=[0, 10])\n#uicontrol invlerp green(channel=1, range=[5, 6])\n' +
        'void main() { emitRGB(vec3(red(), green(), 0.0)); }',
    );
  });
});

function infoOf(
  type: 'image' | 'segmentation',
  size: readonly number[],
  offset: readonly number[],
  resolution: readonly number[],
) {
  const scale = {
    key: 's',
    size,
    voxel_offset: offset,
    chunk_sizes: [[64, 64, 64]],
    resolution,
    encoding: 'raw',
  };
  return parseVolumeInfo({ type, data_type: 'uint8', num_channels: 1, scales: [scale] }, 'info');
}

test('a scene of a volume is centred on it and shows all of it', () => {
  const info = infoOf('segmentation', [512, 256, 100], [10, 20, 30], [16, 16, 40]);
  expect(sceneOfVolumes([{ info, datasetUrl: 'http://127.0.0.1/d', name: 'd' }])).toEqual({
    layers: [{ datasetUrl: 'http://127.0.0.1/d', type: 'segmentation', name: 'd', channels: 1 }],
    resolutionNm: [16, 16, 40],
    position: [266, 148, 80],
    crossSectionScale: 1.3,
    projectionScale: 620,
  });
});

test('a scene of several volumes has images below, counts the finest voxels, and shows all that there is', () => {
  const scene = sceneOfVolumes([
    {
      info: infoOf('segmentation', [100, 100, 50], [0, 0, 0], [8, 8, 40]),
      datasetUrl: 'http://a/s',
      name: 's',
    },
    { info: infoOf('image', [400, 200, 50], [0, 0, 0], [4, 4, 40]), datasetUrl: 'http://a/i', name: 'i' },
  ]);
  expect(scene.layers.map(({ name }) => name)).toEqual(['i', 's']);
  expect(scene.resolutionNm).toEqual([4, 4, 40]);
  expect(scene.position).toEqual([200, 100, 25]);
});

test('layers with equal names get different ones', () => {
  expect(distinctNames(['a', 'b', 'a', 'a'])).toEqual(['a', 'b', 'a 2', 'a 3']);
});

test.each([
  ['em-precomputed', 'em'],
  ['em-precomputed-2', 'em-2'],
  ['cells', 'cells'],
  ['my-precomputed-cells', 'my-precomputed-cells'],
  ['-precomputed', '-precomputed'],
])('the layer of the folder %s is named %s', (folder, name) => {
  expect(layerName(folder)).toBe(name);
});
