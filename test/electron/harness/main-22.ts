/** The whole main process in Electron 22. Order matters: what is supplied, then what watches, then the app. */
import './supply-node';
import './packed-folder';
import './electron-22';
import '../driver';
import 'virtual:packed-app';
