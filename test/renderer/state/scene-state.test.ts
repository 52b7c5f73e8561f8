import { describe, expect, test } from 'vitest';
import { sceneState } from '../../../src/renderer/state/scene-state';
import { viewerState, type ViewerScene } from '../../../src/shared/precomputed/viewer-link';

function sceneAt(url: string, segments: readonly string[] = []): ViewerScene {
  return {
    layers: [
      { datasetUrl: `${url}/em`, type: 'image', name: 'em' },
      { datasetUrl: `${url}/cells`, type: 'segmentation', name: 'cells', segments },
    ],
    resolutionNm: [8, 8, 40],
    position: [10, 20, 30],
  };
}

describe('the state of a scene that was looked at before', () => {
  const before = {
    ...viewerState(sceneAt('http://127.0.0.1:1/old')),
    position: [1, 2, 3],
    layout: 'xy',
    layers: [
      {
        name: 'cells',
        type: 'segmentation',
        source: 'precomputed://http://127.0.0.1:1/old/cells',
        segments: [],
      },
      { name: 'em', type: 'image', source: 'precomputed://http://127.0.0.1:1/old/em', opacity: 0.3 },
    ],
  };

  test('keeps place, layout, order and looks, and takes its data from where they are now', () => {
    const state = sceneState(sceneAt('http://127.0.0.1:2/new', ['7']), before);
    expect(state).toMatchObject({
      position: [1, 2, 3],
      layout: 'xy',
      layers: [
        { name: 'cells', source: 'precomputed://http://127.0.0.1:2/new/cells', segments: [] },
        { name: 'em', source: 'precomputed://http://127.0.0.1:2/new/em', opacity: 0.3 },
      ],
    });
  });

  test('selects the segments that a dataset has once it is whole, where none were selected', () => {
    const state = sceneState(sceneAt('http://127.0.0.1:2/new', ['7']), before, true);
    expect(state).toMatchObject({ layers: [{ name: 'cells', segments: ['7'] }, { name: 'em' }] });
  });

  test('is the scene alone where nothing was looked at', () => {
    const scene = sceneAt('http://127.0.0.1:2/new');
    expect(sceneState(scene, undefined)).toEqual(viewerState(scene));
  });

  test('has a layer that is new on top', () => {
    const { layers, ...rest } = sceneAt('http://127.0.0.1:2/new');
    const more = { datasetUrl: 'http://127.0.0.1:2/new/more', type: 'segmentation', name: 'more' } as const;
    const state = sceneState({ ...rest, layers: [...layers, more] }, before);
    expect(state).toMatchObject({ layers: [{ name: 'cells' }, { name: 'em' }, { name: 'more' }] });
  });

  test('has an image that is new below all, and segments through which it is seen', () => {
    const scene = sceneAt('http://127.0.0.1:2/new');
    const alone = viewerState({ ...scene, layers: scene.layers.slice(1) });
    expect(alone).toMatchObject({ layers: [{ name: 'cells', selectedAlpha: 1 }] });
    expect(sceneState(scene, alone)).toMatchObject({
      layers: [{ name: 'em' }, { name: 'cells', selectedAlpha: 0.5 }],
    });
  });
});
