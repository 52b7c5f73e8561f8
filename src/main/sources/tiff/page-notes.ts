/**
 * What tags say that a volume doesn't use. Sources: TIFF 6.0; GDAL's driver of GeoTIFF (42112, 42113); for the tags of
 * scanning electron microscopes, tifffile's (34118 of Zeiss, 34680 and 34682 of FEI and Thermo Fisher).
 */
import { nanometresIn } from '../array/length-units';
import { TAG, type PageTags } from './page-tags';

/** Cameras and programs write 72 to 2,400 dots an inch without knowing a size. Finer ones come from a microscope. */
const COARSEST_NM = 10_000;
const INCH_NM = 25.4e6;
const CENTIMETRE_NM = 1e7;

/** Returns the notes on a page, one line each. @param hasSize whether its description tells the size of a voxel */
export function notesOnPage(tags: PageTags, hasSize: boolean): string[] {
  const orientation = tags.number(TAG.orientation, 1);
  const size = hasSize ? undefined : (microscopeSize(tags) ?? sizeByResolution(tags));
  const gdal = tags.text(TAG.gdalMetadata);
  return [
    ...(orientation === 1
      ? []
      : [`the tag Orientation (${orientation}): rows and columns stay as they are stored`]),
    ...(size === undefined ? [] : [`the size of a pixel, ${size}, but not the distance between slices`]),
    ...(/role="(scale|offset)"/i.test(gdal)
      ? ["GDAL's scale and offset: the numbers are those that are stored"]
      : []),
    ...(tags.has(TAG.gdalNoData)
      ? [`GDAL's value for missing data, ${tags.text(TAG.gdalNoData).trim()}`]
      : []),
  ];
}

function sizeByResolution(tags: PageTags): string | undefined {
  const unit = { 2: INCH_NM, 3: CENTIMETRE_NM }[tags.number(TAG.resolutionUnit, 2)];
  const [x, y] = [tags.rational(TAG.xResolution), tags.rational(TAG.yResolution)];
  if (unit === undefined || x === undefined || y === undefined) return undefined;
  return unit / x < COARSEST_NM && unit / y < COARSEST_NM
    ? `${shown(unit / x)} × ${shown(unit / y)} nm`
    : undefined;
}

function microscopeSize(tags: PageTags): string | undefined {
  const [, metres] = /^PixelWidth=(\S+)/m.exec(tags.text(TAG.fei) + tags.text(TAG.helios)) ?? [];
  if (Number(metres) > 0) return `${shown(Number(metres) * 1e9)} nm`;
  const [, length, unit] = /Image Pixel Size = ([\d.]+) (\S+)/.exec(tags.text(TAG.zeiss)) ?? [];
  const nanometres = Number(length) * (nanometresIn(unit) ?? NaN);
  return nanometres > 0 ? `${shown(nanometres)} nm` : undefined;
}

function shown(nanometres: number): string {
  return String(Number(nanometres.toPrecision(6)));
}
