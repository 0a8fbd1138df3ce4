// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/did_you_mean.h"

namespace penstock {
namespace {

constexpr size_t kTopicsShown = 10;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

void remove_all(std::string& text, std::string_view part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at))
    text.erase(at, part.size());
}

// "ssl://host:port/bootstrap: rest" -> "host:port"
std::string server_of(std::string_view reason) {
  if (const size_t scheme = reason.find("://"); scheme != std::string_view::npos && scheme < reason.find(' ')) {
    reason.remove_prefix(scheme + 3);
  }
  const std::string_view server = reason.substr(0, reason.find_first_of("/ "));
  const bool has_port = server.rfind(':') != std::string_view::npos && !server.ends_with(':');
  return has_port ? std::string(server) : std::string("the broker");
}

// What to do about a failed handshake; "" when it is about something else.
std::string tls_advice(std::string_view reason) {
  const std::string server = server_of(reason);
  if (contains(reason, "hostname mismatch") || contains(reason, "IP address mismatch") ||
      contains(reason, "ip address mismatch")) {
    return fmt::format(
        "the TLS certificate of {} is for another host name: use the name that stands in the certificate in "
        "bootstrapServers",
        server);
  }
  if (contains(reason, "certificate verify failed") || contains(reason, "certificate could not be verified")) {
    return fmt::format(
        "the TLS certificate of {} is not trusted: put the certificate of the authority that signed it into "
        "security.brokerPublicCertificate, or install it in the system's store",
        server);
  }
  if (contains(reason, "wrong version number") || contains(reason, "connecting to a PLAINTEXT broker listener")) {
    return fmt::format(
        "{} does not speak TLS on this port: check the port, or choose SASL_PLAINTEXT or PLAINTEXT as "
        "security.protocol",
        server);
  }
  if (contains(reason, "SSL handshake failed") &&
      (contains(reason, "unexpected eof") || contains(reason, "Disconnected"))) {
    return fmt::format("{} broke off the TLS handshake: check that security.protocol fits this port", server);
  }
  if (contains(reason, "certificate required") || contains(reason, "bad certificate") ||
      contains(reason, "handshake failure")) {
    return fmt::format(
        "{} refused the TLS handshake: it may want a client certificate (authentication.sslCertificate and "
        "authentication.sslKey)",
        server);
  }
  return {};
}

bool has_word_end(std::string_view text) { return text.ends_with('.') || text.ends_with('?') || text.ends_with('!'); }

}  // namespace

std::string readable_reason(std::string_view reason) {
  if (std::string advice = tls_advice(reason); !advice.empty()) return advice;
  if (contains(reason, "verify that security.protocol is correctly configured")) {
    return fmt::format("{} closed the connection at once: check that security.protocol fits this port",
                       server_of(reason));
  }
  // The client says only this when connections are opened and closed again without a word.
  if (reason.ends_with("brokers are down")) {
    return "no broker keeps a connection open: check that the brokers run and that security.protocol fits the port";
  }
  std::string text(reason);
  if (const size_t at = text.find(" (after "); at != std::string::npos) text.erase(at);
  if (const size_t scheme = text.find("://"); scheme != std::string::npos && scheme < text.find(' ')) {
    text.erase(0, scheme + 3);
  }
  const size_t slash = text.find('/');
  const size_t blank = text.find(' ');
  if (slash < blank && blank != std::string::npos && text[blank - 1] == ':') {
    text.erase(slash, blank - 1 - slash);  // "host:port/bootstrap: " and "host:port/1: "
  }
  remove_all(text, "ipv4#");
  remove_all(text, "ipv6#");
  while (!text.empty() && (text.back() == '.' || std::isspace(static_cast<unsigned char>(text.back()))))
    text.pop_back();
  return text;
}

Error unreachable(const KafkaSettings& settings, int64_t waited_ms, std::string_view reason) {
  const std::string why = reason.empty() ? "no answer" : readable_reason(reason);
  if (waited_ms < 1000) {
    return Error(ErrorCode::kPeerUnreachable, "cannot reach Kafka at {}: {}. Check connection \"{}\".",
                 settings.bootstrap, why, settings.connection_name);
  }
  const std::string advice =
      contains(why, "check that")
          ? std::string()
          : fmt::format(" Check that the broker runs and that bootstrapServers of connection \"{}\" are right.",
                        settings.connection_name);
  return Error(ErrorCode::kPeerUnreachable, "cannot reach Kafka at {} within {} s: {}.{}", settings.bootstrap,
               (waited_ms + 500) / 1000, why, advice);
}

Error credentials_refused(const KafkaSettings& settings, std::string_view reason) {
  const std::string why = readable_reason(reason);
  return Error(ErrorCode::kCredentialsRefused,
               "Kafka at {} refused the login as \"{}\" by {}: {}{} Check authentication of connection \"{}\".",
               settings.bootstrap, settings.username, settings.mechanism, why, has_word_end(why) ? "" : ".",
               settings.connection_name);
}

Error not_authorized(const KafkaSettings& settings, std::string_view what) {
  return Error(ErrorCode::kCredentialsRefused,
               "Kafka at {} does not allow {} to {}: give it the right, or use another login.", settings.bootstrap,
               settings.username.empty() ? std::string("this client") : fmt::format("\"{}\"", settings.username), what);
}

Error topic_missing(const KafkaSettings& settings, std::string_view topic, std::span<const std::string> others) {
  std::vector<std::string_view> shown;
  for (const std::string& name : others) {
    if (!name.starts_with("__")) shown.push_back(name);
  }
  std::ranges::sort(shown);
  const std::string suggestion = did_you_mean(topic, shown);
  const bool more = shown.size() > kTopicsShown;
  if (more) shown.resize(kTopicsShown);
  const std::string list = shown.empty()
                               ? std::string("It has no topics at all.")
                               : fmt::format("Topics there: {}{}.", fmt::join(shown, ", "), more ? ", and more" : "");
  return Error(ErrorCode::kPeerUnreachable, "topic \"{}\" does not exist on {}.{} Create it or check the name. {}",
               topic, settings.bootstrap, suggestion, list);
}

Error topic_deleted(const KafkaSettings& settings, std::string_view topic) {
  return Error(ErrorCode::kPeerUnreachable, "topic \"{}\" is gone from {}: it was deleted while it was read", topic,
               settings.bootstrap);
}

Error offset_gone(std::string_view topic, int32_t partition, int64_t wanted, int64_t begin, int64_t end) {
  const std::string what =
      fmt::format("partition {} of topic \"{}\" has no offset {} (any more)", partition, topic, wanted);
  if (begin < 0 || end < 0) {
    return Error(ErrorCode::kStateRefused,
                 "{}; what it has is not known. If it was removed by retention, --accept lost-records reads on behind "
                 "the gap.",
                 what);
  }
  if (wanted < begin) {
    return Error(ErrorCode::kStateRefused,
                 "{}: it has {} to {} (end), so {} records are gone. Start with --accept lost-records to read on from "
                 "the first record there is.",
                 what, begin, end, begin - wanted);
  }
  return Error(ErrorCode::kStateRefused,
               "{}: it has {} to {} (end), so the topic was made anew, or cut. Start with --accept new-topic to read "
               "what is there now from its beginning.",
               what, begin, end);
}

}  // namespace penstock
