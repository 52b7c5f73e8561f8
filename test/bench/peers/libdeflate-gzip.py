"""Gzips parts of a file by libdeflate (C), on one thread."""
import json
import sys
import time

import deflate

for line in sys.stdin:
    request = json.loads(line)
    with open(request["path"], "rb") as file:
        chunks = [file.read(length) for length in request["lengths"]]
    start, cpu = time.perf_counter(), time.process_time()
    zipped = sum(len(deflate.gzip_compress(chunk, request["level"])) for chunk in chunks)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu, "bytes": zipped}), flush=True)
