// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_client.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "connectors/kafka/kafka_error.h"

namespace penstock {
namespace {

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;

// The largest answer the client takes must exceed the largest fetch it asks for.
constexpr int64_t kReceiveBytesMin = 100'000'000;
constexpr int64_t kReceiveBytesExtra = 1'000'000;
constexpr int64_t kReceiveBytesMax = 2'147'483'647;

const std::string* find(const KafkaProperties& properties, std::string_view name) {
  const auto it = std::ranges::find(properties, name, &KafkaProperties::value_type::first);
  return it == properties.end() ? nullptr : &it->second;
}

// Later entries of the same name win.
void set(KafkaProperties& properties, std::string_view name, std::string value) {
  std::erase_if(properties, [&](const auto& property) { return property.first == name; });
  properties.emplace_back(name, std::move(value));
}

void add_security(const KafkaSettings& settings, KafkaProperties& to) {
  set(to, "security.protocol", std::string(protocol_name(settings.protocol)));
  if (!settings.mechanism.empty()) {
    set(to, "sasl.mechanism", settings.mechanism);
    set(to, "sasl.username", settings.username);
    set(to, "sasl.password", std::string(settings.password.reveal()));
  }
  if (!settings.broker_certificate.empty()) set(to, "ssl.ca.pem", settings.broker_certificate);
  if (!settings.client_certificate.empty()) {
    set(to, "ssl.certificate.pem", settings.client_certificate);
    set(to, "ssl.key.pem", std::string(settings.client_key.reveal()));
    if (!settings.client_key_password.empty())
      set(to, "ssl.key.password", std::string(settings.client_key_password.reveal()));
  }
}

// Settings of the user that idempotence does not allow turn it off, as the user asked for less.
void reconcile_idempotence(KafkaProperties& properties) {
  const std::string* acks = find(properties, "acks");
  const std::string* in_flight = find(properties, "max.in.flight.requests.per.connection");
  const std::string* retries = find(properties, "retries");
  const bool weaker = (acks != nullptr && *acks != "all" && *acks != "-1") ||
                      (in_flight != nullptr && std::atoll(in_flight->c_str()) > 5) ||
                      (retries != nullptr && std::atoll(retries->c_str()) < 1);
  if (weaker) set(properties, "enable.idempotence", "false");
}

void reconcile_receive_size(KafkaProperties& properties) {
  const std::string* fetch = find(properties, "fetch.max.bytes");
  const int64_t wanted = (fetch == nullptr ? 0 : std::atoll(fetch->c_str())) + kReceiveBytesExtra;
  set(properties, "receive.message.max.bytes", std::to_string(std::clamp(wanted, kReceiveBytesMin, kReceiveBytesMax)));
}

}  // namespace

Result<std::unique_ptr<KafkaClient>> KafkaClient::open_consumer(const KafkaSettings& settings,
                                                                const KafkaProperties& ours, const Clock& clock,
                                                                Logger& logger) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(settings, clock, logger));
  PS_TRY(client->start(RD_KAFKA_CONSUMER, ours, settings.consumer));
  return client;
}

Result<std::unique_ptr<KafkaClient>> KafkaClient::open_producer(const KafkaSettings& settings,
                                                                const KafkaProperties& ours, const Clock& clock,
                                                                Logger& logger) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(settings, clock, logger));
  PS_TRY(client->start(RD_KAFKA_PRODUCER, ours, settings.producer));
  return client;
}

Result<void> KafkaClient::start(rd_kafka_type_t type, const KafkaProperties& ours, const KafkaProperties& config) {
  KafkaProperties properties = {{"bootstrap.servers", settings_.bootstrap},
                                {"client.id", "penstock"},
                                {"socket.keepalive.enable", "true"},  // Cloud NATs forget silent connections.
                                {"reconnect.backoff.max.ms", "2000"},
                                {"log.connection.close", "false"}};
  for (const auto& [name, value] : ours)
    set(properties, name, value);
  for (const auto& [name, value] : config)
    set(properties, name, value);
  if (type == RD_KAFKA_PRODUCER) reconcile_idempotence(properties);
  if (type == RD_KAFKA_CONSUMER) reconcile_receive_size(properties);
  add_security(settings_, properties);

  Conf conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
      // The client's text may quote the value, so only the name is shown where the value may be a secret.
      const bool secret = name.starts_with("ssl.") || name.starts_with("sasl.");
      return Error(ErrorCode::kInvalidDefinition, "connection \"{}\": the Kafka client does not take {}{}{}",
                   settings_.connection_name, name, secret ? "" : ": ", secret ? "" : reason.data());
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_error_cb(conf.get(), error_callback);
  rd_kafka_conf_set_log_cb(conf.get(), log_callback);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), delivery_callback);
  handle_ = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
  if (handle_ == nullptr) {
    return Error(ErrorCode::kInvalidDefinition, "connection \"{}\": the Kafka client refuses these settings: {}",
                 settings_.connection_name, reason.data());
  }
  (void)conf.release();  // The handle owns it.
  main_queue_ = rd_kafka_queue_get_main(handle_);
  return {};
}

KafkaClient::~KafkaClient() {
  if (main_queue_ != nullptr) rd_kafka_queue_destroy(main_queue_);
  if (handle_ == nullptr) return;
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Result<KafkaTopicHandle> KafkaClient::open_topic(const std::string& topic) {
  KafkaTopicHandle handle(rd_kafka_topic_new(handle_, topic.c_str(), nullptr));
  if (handle == nullptr) {
    return Error(ErrorCode::kInvalidDefinition, "\"{}\" cannot be the name of a topic: {}", topic,
                 rd_kafka_err2str(rd_kafka_last_error()));
  }
  return handle;
}

void KafkaClient::interrupt() { rd_kafka_queue_yield(main_queue_); }

Result<void> KafkaClient::check() const {
  if (!stopped_.load(std::memory_order_relaxed)) return {};
  const std::lock_guard lock(mutex_);
  if (!refused_.empty()) return credentials_refused(settings_, refused_);
  return unreachable(settings_, 0, distrusted_);
}

std::string KafkaClient::trouble() const {
  if (!troubled()) return {};
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void KafkaClient::note_trouble(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  trouble_ = readable_reason(reason);
  troubled_ = true;
}

void KafkaClient::clear_trouble() {
  const std::lock_guard lock(mutex_);
  troubled_ = false;
  trouble_.clear();
}

void KafkaClient::on_error(rd_kafka_resp_err_t code, std::string_view reason) {
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
    const std::lock_guard lock(mutex_);
    refused_ = reason;
    stopped_ = true;
    return;
  }
  const bool distrusted = code == RD_KAFKA_RESP_ERR__SSL && (reason.find("verif") != std::string_view::npos ||
                                                             reason.find("mismatch") != std::string_view::npos);
  if (distrusted) {
    const std::lock_guard lock(mutex_);
    distrusted_ = reason;
    stopped_ = true;
    return;
  }
  // "1/1 brokers are down" says less than the reason that came before it.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && troubled()) return;
  note_trouble(reason);
}

void KafkaClient::error_callback(rd_kafka_t*, int code, const char* reason, void* opaque) {
  static_cast<KafkaClient*>(opaque)->on_error(static_cast<rd_kafka_resp_err_t>(code), reason);
}

void KafkaClient::log_callback(const rd_kafka_t* handle, int, const char* facility, const char* text) {
  auto* client = static_cast<KafkaClient*>(rd_kafka_opaque(handle));
  if (client != nullptr) client->logger_.debug("kafka client: {}: {}", facility, text);
}

void KafkaClient::delivery_callback(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  auto* client = static_cast<KafkaClient*>(opaque);
  client->delivery_failures_.fetch_add(1);
  client->note_trouble(rd_kafka_err2str(message->err));
}

}  // namespace penstock
