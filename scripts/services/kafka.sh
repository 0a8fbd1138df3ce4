#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real Apache Kafka 3.9.1 broker (KRaft, one node) for tests.
#
#   kafka.sh start [PORT] [PARTITIONS]   prints the settings below; PORT 0 or none: free ports. Already running: only prints.
#   kafka.sh stop PORT                   ends it and removes its data
#   kafka.sh status PORT                 prints the settings, or "stopped" with exit status 3
#   kafka.sh topic PORT NAME [N]         creates a topic with N partitions (default 1)
#   kafka.sh tool PORT CLASS [options]   any command line tool: ConsoleProducer, ConsoleConsumer, TopicCommand,
#                                        GetOffsetShell, ConfigCommand, ConsumerGroupCommand, ...
#   kafka.sh fetch                       only downloads
#
# PORT    PLAINTEXT, no login        PORT+1  KRaft controller
# PORT+2  SASL_PLAINTEXT, mechanisms PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512
# PORT+3  SASL_SSL, mechanisms PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, server certificate signed by the printed throw-away CA
# Needs a JRE 11+, mvn, openssl. New topics get PARTITIONS partitions (default 6) when they are created by use.
# PENSTOCK_CACHE: jars (default ~/.cache/penstock). PENSTOCK_RUN: data and logs (default a folder in TMPDIR).
set -euo pipefail

cache=${PENSTOCK_CACHE:-$HOME/.cache/penstock}
run=${PENSTOCK_RUN:-${TMPDIR:-/tmp}/penstock-$(id -u)}
version=3.9.1
libs=$cache/kafka-$version/libs
user=penstock
password=penstock-test

fail() { echo "kafka.sh: $*" >&2; exit 1; }

fetch() {
  [[ -d $libs ]] && return
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/kafka.XXXXXX")
  cat >"$work/pom.xml" <<X
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>penstock</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$version</version></dependency>
</dependencies></project>
X
  mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/libs" >&2 ||
    { rm -rf "$work"; fail "mvn could not download Kafka $version"; }
  mkdir -p "$cache/kafka-$version"
  mv -T "$work/libs" "$libs" 2>/dev/null || [[ -d $libs ]] || fail "cannot write $libs"
  rm -rf "$work"
}

# Four free ports in a row.
free_ports() {
  python3 - <<'P'
import random, socket
while True:
    port, held = random.randrange(20000, 30000), []
    try:
        for i in range(4):
            s = socket.socket(); held.append(s); s.bind(('127.0.0.1', port + i))
        print(port); break
    except OSError: pass
    finally:
        for s in held: s.close()
P
}

logging() { # level: a log4j file for it; prints the JVM option
  local file=$run/log4j-$1.properties
  if [[ ! -f $file ]]; then
    mkdir -p "$run"
    printf '%s\n' "log4j.rootLogger=$1, stderr" log4j.appender.stderr=org.apache.log4j.ConsoleAppender \
      log4j.appender.stderr.target=System.err log4j.appender.stderr.layout=org.apache.log4j.PatternLayout \
      'log4j.appender.stderr.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n' >"$file.$$"
    mv -f "$file.$$" "$file"
  fi
  echo "-Dlog4j.configuration=file:$file"
}

java_tool() { # heap, class, arguments
  local heap=$1 class=$2
  shift 2
  java -Xmx"$heap" -XX:+UseSerialGC "$(logging ERROR)" -cp "$libs/*" "$class" "$@"
}

certificates() { # folder: ca.pem, and server.pem with key and chain
  local dir=$1
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=penstock test CA" \
    -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
  openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 3650 \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$dir/server.crt" 2>/dev/null
  cat "$dir/server.key" "$dir/server.crt" "$dir/ca.pem" >"$dir/server.pem"
}

configuration() { # folder, port, partitions
  local dir=$1 port=$2 login=org.apache.kafka.common.security
  local plain="$login.plain.PlainLoginModule required user_$user=\"$password\";"
  local scram="$login.scram.ScramLoginModule required;"
  cat <<X
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1)),SASL_PLAINTEXT://127.0.0.1:$((port + 2)),SASL_SSL://127.0.0.1:$((port + 3))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_PLAINTEXT://127.0.0.1:$((port + 2)),SASL_SSL://127.0.0.1:$((port + 3))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=$plain
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=$scram
listener.name.sasl_ssl.plain.sasl.jaas.config=$plain
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$scram
ssl.keystore.type=PEM
ssl.keystore.location=$dir/server.pem
log.dirs=$dir/data
num.partitions=$3
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
log.flush.scheduler.interval.ms=9223372036854775807
X
}

# The process id if our broker of this port lives; a stale pid file of some other process does not count.
living() {
  local pid
  pid=$(cat "$run/kafka-$1/pid" 2>/dev/null) || return 1
  [[ -n $pid && -r /proc/$pid/cmdline ]] || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$run/kafka-$1/server.properties" || return 1
  echo "$pid"
}

settings() {
  echo "bootstrap_plaintext=127.0.0.1:$1"
  echo "bootstrap_sasl_plaintext=127.0.0.1:$(($1 + 2))"
  echo "bootstrap_sasl_ssl=127.0.0.1:$(($1 + 3))"
  echo "sasl_mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
  echo "sasl_username=$user"
  echo "sasl_password=$password"
  echo "ssl_ca=$run/kafka-$1/ca.pem"
}

ready() { # port: every listener answers and the broker has left its start-up
  local i
  grep -q 'Kafka Server started' "$run/kafka-$1/log" || return 1
  for i in 0 2 3; do (exec 3<>"/dev/tcp/127.0.0.1/$(($1 + i))") 2>/dev/null || return 1; done
}

start() {
  local port=${1:-0} partitions=${2:-6}
  [[ $port == 0 ]] && port=$(free_ports)
  fetch
  local dir=$run/kafka-$port
  if ! living "$port" >/dev/null; then
    mkdir -p "$dir"
    [[ -f $dir/server.pem ]] || certificates "$dir"
    configuration "$dir" "$port" "$partitions" >"$dir/server.properties"
    if [[ ! -f $dir/data/meta.properties ]]; then
      local id
      id=$(java_tool 64m kafka.tools.StorageTool random-uuid)
      java_tool 64m kafka.tools.StorageTool format --cluster-id "$id" --config "$dir/server.properties" \
        --add-scram "SCRAM-SHA-256=[name=$user,password=$password]" \
        --add-scram "SCRAM-SHA-512=[name=$user,password=$password]" >"$dir/format" 2>&1 ||
        { cat "$dir/format" >&2; fail "cannot format $dir/data"; }
    fi
    : >"$dir/log"
    setsid nohup java -Xms128m -Xmx512m -XX:+UseSerialGC "$(logging INFO)" -cp "$libs/*" \
      kafka.Kafka "$dir/server.properties" </dev/null >>"$dir/log" 2>&1 &
    echo $! >"$dir/pid"
  fi
  for _ in $(seq 600); do
    if ready "$port"; then settings "$port"; return; fi
    # Not living(): right after the fork its command line is still ours.
    if ! kill -0 "$(cat "$dir/pid")" 2>/dev/null; then tail -n 20 "$dir/log" >&2; fail "the broker ended while starting on port $port"; fi
    sleep 0.1
  done
  fail "the broker on port $port is not ready after 60 s, see $dir/log"
}

stop() {
  local pid
  if pid=$(living "$1"); then
    kill "$pid"
    for _ in $(seq 200); do living "$1" >/dev/null || break; sleep 0.1; done
    if living "$1" >/dev/null; then kill -9 "$pid"; sleep 0.5; fi
  fi
  rm -rf "$run/kafka-$1"
}

status() {
  if living "$1" >/dev/null; then settings "$1"; else echo stopped; exit 3; fi
}

tool() {
  local port=$1 class=$2
  shift 2
  case $class in
    ConsoleProducer) class=kafka.tools.$class ;;
    ConfigCommand) class=kafka.admin.$class ;;
    ConsoleConsumer) class=org.apache.kafka.tools.consumer.$class ;;
    ConsumerGroupCommand) class=org.apache.kafka.tools.consumer.group.$class ;;
    *) class=org.apache.kafka.tools.$class ;;
  esac
  java_tool 256m "$class" --bootstrap-server "127.0.0.1:$port" "$@"
}

topic() { tool "$1" TopicCommand --create --if-not-exists --topic "$2" --partitions "${3:-1}" --replication-factor 1; }

case ${1:-} in
  start) shift; start "$@" ;;
  stop | status | topic | tool)
    [[ ${2:-} =~ ^[0-9]+$ ]] || fail "$1 needs a port"
    "$@" ;;
  fetch) fetch; echo "$libs" ;;
  *) sed -n '3,19s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
