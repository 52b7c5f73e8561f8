import { urlSafeParse, verifyObject } from 'neuroglancer/unstable/util/json.js';
import { describe, expect, test } from 'vitest';
import {
  sceneOfVolume,
  viewerLink,
  viewerState,
  type ViewerScene,
} from '../../../src/shared/precomputed/viewer-link';
import { parseVolumeInfo } from '../../../src/shared/precomputed/volume-info';

const SCENE = {
  datasetUrl: 'https://data.example/a b/c!(1)/it\'s_"100%"',
  type: 'segmentation',
  name: 'cells',
  resolutionNm: [16, 16, 40],
  position: [256, 256.5, 128],
  segments: ['12', '18446744073709551615'],
  crossSectionScale: 1.3,
  projectionScale: 900,
  layout: '4panel',
} as const;

/** The state that Neuroglancer reads from a link, by its own parser and by the steps of its url_hash_binding. */
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
    const link = viewerLink({ ...SCENE, name: 'célula (1), 细胞' });
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

describe('state', () => {
  test('of a segmentation', () => {
    expect(viewerState({ ...SCENE, datasetUrl: 'http://127.0.0.1:8080/d/' })).toEqual({
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
          segments: ['12', '18446744073709551615'],
        },
      ],
      selectedLayer: { visible: false, layer: 'cells' },
      layout: '4panel',
    });
  });

  test('of grey values leaves the shader to the viewer; channels get colours', () => {
    const image = { ...SCENE, type: 'image' } as const;
    const shader = (channels: number) =>
      (viewerState({ ...image, channels })['layers'] as { shader?: string }[])[0]?.shader;
    expect(shader(1)).toBeUndefined();
    expect(shader(2)).toBe(
      '#uicontrol invlerp red(channel=0)\n#uicontrol invlerp green(channel=1)\n' +
        'void main() { emitRGB(vec3(red(), green(), 0.0)); }',
    );
    expect(shader(5)).toBe(shader(3));
  });

  test('of values beyond bytes has their range in controls', () => {
    const image = { ...SCENE, type: 'image' } as const;
    const shader = (scene: Partial<ViewerScene>) =>
      (viewerState({ ...image, ...scene })['layers'] as { shader?: string }[])[0]?.shader;
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

test('a scene of a volume is centred on it and shows all of it', () => {
  const info = parseVolumeInfo(
    {
      type: 'segmentation',
      data_type: 'uint64',
      num_channels: 1,
      scales: [
        {
          key: '16_16_40',
          size: [512, 256, 100],
          voxel_offset: [10, 20, 30],
          chunk_sizes: [[64, 64, 64]],
          resolution: [16, 16, 40],
          encoding: 'raw',
        },
      ],
    },
    'info',
  );
  expect(sceneOfVolume(info, 'http://127.0.0.1/d', 'd')).toEqual({
    datasetUrl: 'http://127.0.0.1/d',
    type: 'segmentation',
    name: 'd',
    resolutionNm: [16, 16, 40],
    position: [266, 148, 80],
    channels: 1,
    crossSectionScale: 1.3,
    projectionScale: 620,
  });
});
