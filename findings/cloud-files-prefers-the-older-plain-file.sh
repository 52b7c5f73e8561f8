#!/bin/bash
# cloud-files 6.4.3, the storage layer of cloud-volume and igneous, on a folder: a key is written plain, then again with
# compress="gzip".
#
# Behaviour: the second write makes KEY.gz beside KEY and leaves KEY there. get() then returns the first content, and list()
# names the key twice. So a dataset that is written again with other compression settings keeps showing its old chunks.
# One would have guessed that get() returns what was put last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cloud-files==6.4.3
"$folder/venv/bin/python" - "$folder/files" <<'PYTHON'
import os
import sys
from cloudfiles import CloudFiles

files = CloudFiles("file://" + sys.argv[1])
files.put("key", b"first", compress=None)
files.put("key", b"second", compress="gzip")
print(sorted(os.listdir(sys.argv[1])), files.get("key"), list(files.list()))
assert sorted(os.listdir(sys.argv[1])) == ["key", "key.gz"]
assert files.get("key") == b"first"
assert list(files.list()) == ["key", "key"]
print("as described")
PYTHON
