#!/bin/bash
# versitygw 1.8.0, an S3-compatible gateway, with its defaults and with --keep-alive.
#
# Behaviour: without --keep-alive it answers every request with "Connection: close", whether it succeeds or fails, so that
# every request opens its own connection. A client's pool of connections is useless.
# One would have guessed that HTTP/1.1 connections are kept open, as AWS and most S3-compatible servers do: otherwise many
# small objects take twice as many packets and, with TLS, a handshake each.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
GOBIN=$folder/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
export ROOT_ACCESS_KEY_ID=access ROOT_SECRET_ACCESS_KEY=secret-key
mkdir -p "$folder/data/bucket"

# Prints how many connections two requests for the list of a bucket used.
connections() {
  "$folder/bin/versitygw" --port 127.0.0.1:47471 --quiet "$@" posix "$folder/data" >/dev/null 2>&1 &
  server=$!
  until curl --silent --output /dev/null http://127.0.0.1:47471/; do sleep 0.2; done
  curl --silent --output /dev/null --output /dev/null --write-out '%{http_code} %{num_connects}\n' \
    --aws-sigv4 aws:amz:us-east-1:s3 --user access:secret-key --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
    http://127.0.0.1:47471/bucket http://127.0.0.1:47471/bucket >"$folder/answers"
  kill "$server"
  wait "$server" || true
  server=
  awk '$1 != 200 { exit 1 } { sum += $2 } END { print sum }' "$folder/answers"
}

connections >"$folder/default"
connections --keep-alive >"$folder/kept"
echo "connections for two requests: $(cat "$folder/default") by default, $(cat "$folder/kept") with --keep-alive"
[ "$(cat "$folder/default")" = 2 ]
[ "$(cat "$folder/kept")" = 1 ]
echo "as described"
