#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One Kafka broker and one mongod for trying things by hand, with a ready connections file.
#
#   services.sh up      starts what does not run yet on free ports and prints what to type next
#   services.sh down    ends both and removes their data
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
state=$root/build/services
export PENSTOCK_RUN=$state/run

fail() { echo "services: $*" >&2; exit 1; }

# The port of the one that runs, 0 if none does.
port_of() {
  local dir
  for dir in "$PENSTOCK_RUN/$1"-*/; do
    [[ -d $dir ]] && basename "$dir" | sed 's/.*-//' && return
  done
  echo 0
}

up() {
  mkdir -p "$PENSTOCK_RUN"
  echo "==> starting Kafka and MongoDB (the first time they are downloaded)" >&2
  local kafka_settings uri
  kafka_settings=$("$here/kafka.sh" start "$(port_of kafka)") || fail "Kafka did not start; see above"
  uri=$("$here/mongod.sh" start "$(port_of mongod)") || fail "mongod did not start; see above"
  python3 "$here/connections.py" "$state/connections.json" "$uri" <<<"$kafka_settings"
  setting() { sed -n "s/^$1=//p" <<<"$kafka_settings"; }
  cat <<X
Kafka    $(setting bootstrap_sasl_ssl) SASL_SSL, $(setting bootstrap_sasl_plaintext) SASL_PLAINTEXT, $(setting bootstrap_plaintext) PLAINTEXT
         user $(setting sasl_username), password $(setting sasl_password), CA $(setting ssl_ca)
MongoDB  $uri
Connections: build/services/connections.json

Next, each in a terminal of its own, from $root:
  build/release/penstock datagen stock-trades --connections build/services/connections.json --connection confluent_cloud --topic sample_data_stock_trades --rate 20
  build/release/penstock run examples/stock-trades/stock_trade_window_processor.json --connections build/services/connections.json
  mongosh "$uri" --eval 'db.getSiblingDB("confluent_cloud").stock_prices.find().sort({_id: -1}).limit(7)'
End them with: ./dev services down
X
}

down() {
  local kafka mongod
  kafka=$(port_of kafka) mongod=$(port_of mongod)
  [[ $kafka == 0 ]] || "$here/kafka.sh" stop "$kafka"
  [[ $mongod == 0 ]] || "$here/mongod.sh" stop "$mongod"
  rm -rf "$state"
  if [[ $kafka$mongod == 00 ]]; then echo "nothing runs"; else echo "Kafka and MongoDB ended, their data is removed"; fi
}

case ${1:-} in
  up | down) "$1" ;;
  *) sed -n '3,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
