/**
 * The whole main process in Electron 22. The order matters: first what Electron 22 lacks, then the driver of the
 * tests, then the app.
 */
import './supply-node';
import './packed-folder';
import './electron-22';
import '../driver';
import 'virtual:packed-app';
