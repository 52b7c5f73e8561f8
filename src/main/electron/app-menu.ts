import type { MenuItemConstructorOptions } from 'electron';
import type { PathChoice } from '../../shared/api/contract-types';

/** The actions of the menu. */
export interface MenuActions {
  /** Shows the view at an address, which begins with `#`. */
  show(address: string): void;
  /** Lets the user choose a volume, and shows it. */
  open(what: PathChoice['what']): void;
  openExternal(url: string): void;
  about(): void;
}

const VIEWS = [
  { label: 'Start', address: '#/welcome' },
  { label: 'Queue', address: '#/queue' },
  { label: 'Library', address: '#/library' },
] as const;

const NEUROGLANCER = 'https://github.com/google/neuroglancer';

/** Returns the menu of the app in the usual form for `platform`. */
export function menuTemplate(platform: NodeJS.Platform, actions: MenuActions): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const about: MenuItemConstructorOptions = {
    label: 'About Precomputed Studio',
    click: () => actions.about(),
  };
  const file: MenuItemConstructorOptions[] = [
    { label: 'Open Folder…', accelerator: 'CmdOrCtrl+O', click: () => actions.open('folder') },
    { label: 'Open File…', accelerator: 'CmdOrCtrl+Shift+O', click: () => actions.open('file') },
    { type: 'separator' },
    mac ? { role: 'close' } : { role: 'quit' },
  ];
  const view: MenuItemConstructorOptions[] = [
    ...VIEWS.map(({ label, address }, i) => ({
      label,
      accelerator: `CmdOrCtrl+${i + 1}`,
      click: () => actions.show(address),
    })),
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
    { role: 'reload' },
    { role: 'toggleDevTools' },
  ];
  const help: MenuItemConstructorOptions[] = [
    { label: 'About Neuroglancer', click: () => actions.openExternal(NEUROGLANCER) },
    ...(mac ? [] : [{ type: 'separator' } as const, about]),
  ];
  return [
    ...(mac ? [appleMenu(about)] : []),
    { label: '&File', submenu: file },
    { role: 'editMenu' },
    { label: '&View', submenu: view },
    { role: 'windowMenu' },
    { role: 'help', submenu: help },
  ];
}

/** The menu with the app's name on a Mac. */
function appleMenu(about: MenuItemConstructorOptions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      about,
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  };
}
