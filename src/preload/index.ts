import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { STUDIO_PORT, type DesktopBridge } from '../shared/api/desktop-bridge';
import { CHANNELS } from '../shared/api/window-channels';

const bridge: DesktopBridge = {
  requestPort: () => ipcRenderer.send(CHANNELS.requestPort),
  pathForFile: (file) => webUtils.getPathForFile(file),
};

contextBridge.exposeInMainWorld('precomputedStudio', bridge);
// A port can't cross the context bridge, but it can be posted from one world of the page to the other.
ipcRenderer.on(CHANNELS.port, ({ ports }) => window.postMessage(STUDIO_PORT, location.origin, [...ports]));
ipcRenderer.on(CHANNELS.show, (_, address: string) => (location.hash = address));
