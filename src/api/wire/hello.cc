// SPDX-License-Identifier: Apache-2.0
#include "api/wire/hello.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "api/wire/login.h"

namespace penstock {
namespace {

constexpr int32_t kSessionMinutes = 30;

// Those of the client's that there are here, in the client's order.
std::vector<Compressor> agree(Value offered) {
  std::vector<Compressor> agreed;
  if (!offered.is_array()) return agreed;
  for (const Element& each : offered.as_array()) {
    std::optional<Compressor> compressor =
        each.value.is_string() ? compressor_of(each.value.as_string()) : std::optional<Compressor>();
    if (compressor && std::ranges::count(agreed, *compressor) == 0) agreed.push_back(*compressor);
  }
  return agreed;
}

// Seconds and eight random bytes.
ObjectId new_service_id(CommandContext& context) {
  ObjectId id;
  auto seconds = static_cast<uint32_t>(context.clock.now().ms / 1000);
  for (size_t i = 0; i < 4; i++)
    id.bytes[i] = static_cast<unsigned char>(seconds >> (24 - 8 * i));
  uint64_t word = context.random.next();
  std::memcpy(id.bytes + 4, &word, sizeof word);
  return id;
}

// What is there for everybody.
void append_server(bool by_old_name, const CommandCall& call, CommandContext& context, DocumentBuilder& reply) {
  if (is_true(call.command.get("helloOk"))) reply.append("helloOk", Value::boolean(true));
  reply.append(by_old_name ? "ismaster" : "isWritablePrimary", Value::boolean(true));
  reply.append("maxBsonObjectSize", Value::int32(kDocumentBytesMax));
  reply.append("maxMessageSizeBytes", Value::int32(kMessageBytesMax));
  reply.append("maxWriteBatchSize", Value::int32(kWriteBatchMax));
  reply.append("localTime", Value::date(context.clock.now()));
  reply.append("logicalSessionTimeoutMinutes", Value::int32(kSessionMinutes));
  reply.append("connectionId", Value::int32(call.session.connection_id));
  reply.append("minWireVersion", Value::int32(0));
  reply.append("maxWireVersion", Value::int32(kWireVersionMax));
  reply.append("readOnly", Value::boolean(false));
}

}  // namespace

Result<OwnedDocument> hello(const CommandCall& call, CommandContext& context) {
  Session& session = call.session;
  DocumentBuilder reply;
  append_server(call.name != "hello", call, context, reply);
  if (is_true(call.command.get("loadBalanced"))) {
    if (!session.service_id) session.service_id = new_service_id(context);
    reply.append("serviceId", Value::object_id(&*session.service_id));
  }
  if (Value offered = call.command.get("compression"); offered.is_array()) {
    session.compressors = agree(offered);
    if (!session.compressors.empty()) {
      size_t array = reply.begin_array("compression");
      char scratch[12];
      uint32_t i = 0;
      for (Compressor each : session.compressors)
        reply.append(index_name(i++, scratch), Value::string(name_of(each)));
      reply.end(array);
    }
  }
  // The same for every name, known or not (security S15).
  if (call.command.get("saslSupportedMechs").is_string()) {
    size_t array = reply.begin_array("saslSupportedMechs");
    reply.append("0", Value::string("SCRAM-SHA-256"));
    reply.end(array);
  }
  if (Value first = call.command.get("speculativeAuthenticate"); first.is_object()) {
    std::optional<OwnedDocument> step = speculative_login(first.as_object(), session, context);
    if (step) reply.append("speculativeAuthenticate", Value::object(step->view()));
  }
  session.said_hello = true;
  return OwnedDocument(reply.take());
}

}  // namespace penstock
