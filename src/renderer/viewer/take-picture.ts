import type { Viewer } from 'neuroglancer/unstable/viewer.js';
import { ScreenshotMode } from 'neuroglancer/unstable/util/trackable_screenshot_mode.js';

/**
 * Returns a picture of all panels as PNG, taken once everything in view is loaded.
 *
 * @param scale factor by which each side has more pixels than on the screen; the view stays the same
 */
export async function takePicture(viewer: Viewer, scale: number): Promise<Blob> {
  const { display, navigationState } = viewer;
  if (scale !== 1) {
    // In this mode the canvas can have a size other than the screen's.
    display.screenshotMode.value = ScreenshotMode.PREVIEW;
    resizeCanvas(viewer, scale);
    navigationState.zoomFactor.value /= scale;
  }
  try {
    await untilReady(viewer);
    display.draw();
    return await new Promise((resolve, reject) => {
      display.canvas.toBlob((blob) => {
        if (blob === null) reject(new DOMException('no picture', 'EncodingError'));
        else resolve(blob);
      });
    });
  } finally {
    if (scale !== 1) {
      navigationState.zoomFactor.value *= scale;
      display.screenshotMode.value = ScreenshotMode.OFF;
    }
  }
}

function resizeCanvas({ display }: Viewer, scale: number): void {
  display.canvas.width = Math.round(display.canvas.width * scale);
  display.canvas.height = Math.round(display.canvas.height * scale);
  display.resizeCallback();
}

/** Waits until the viewer is ready, and still is once all delayed work is done. */
async function untilReady(viewer: Viewer): Promise<void> {
  for (let inARow = 0; inARow < 2;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    viewer.display.scheduleRedraw();
    await new Promise<void>((resolve) => {
      const remove = viewer.display.updateFinished.add(() => {
        remove();
        resolve();
      });
    });
    inARow = viewer.isReady() ? inARow + 1 : 0;
  }
}
