#!/bin/sh
# SimpleITK 2.5.7 (PyPI) writes unsigned bytes into MRC files as mode 0, which mrcfile 1.5.4 and MRC2014 have as signed bytes.
#
# MRC2014 says that mode 0 holds 8-bit signed integers. SimpleITK accepts an image of uint8, and refuses one of int8, with
# "Unsupported pixel type: scalar char". One would have guessed that it writes mode 6 (unsigned 16 bits), or marks the bytes, as
# IMOD does. It writes mode 0 with no version of the format (NVERSION 0) and no mark, so that other readers see every value
# above 127 as negative. Its own reader gives the right numbers again. The header's largest value (DMAX) tells: it is above 127.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.2.6 SimpleITK==2.5.7 mrcfile==1.5.4
cat >write.py <<'PY'
import struct
import warnings

import mrcfile
import numpy as np
import SimpleITK as sitk

warnings.simplefilter("ignore")
data = np.array([[[1, 127, 128, 255]]], np.uint8)
sitk.WriteImage(sitk.GetImageFromArray(data), "bytes.mrc")
header = open("bytes.mrc", "rb").read(1024)
print("mode", *struct.unpack_from("<i", header, 12), "version", *struct.unpack_from("<i", header, 108),
      "largest value", *struct.unpack_from("<f", header, 80))
print("SimpleITK reads", sitk.GetArrayFromImage(sitk.ReadImage("bytes.mrc")).ravel().tolist())
print("mrcfile reads", mrcfile.open("bytes.mrc", permissive=True).data.ravel().tolist())
try:
    sitk.WriteImage(sitk.GetImageFromArray(data.astype(np.int8)), "signed.mrc")
    print("int8 is written")
except RuntimeError:
    print("int8 is refused")
PY
seen=$(venv/bin/python write.py 2>/dev/null)
echo "$seen"
expected='mode 0 version 0 largest value 255.0
SimpleITK reads [1, 127, 128, 255]
mrcfile reads [1, 127, -128, -1]
int8 is refused'
[ "$seen" = "$expected" ] || { echo 'This has changed.'; exit 1; }
