// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_sink.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "bson/number.h"
#include "connectors/mongodb/cluster_connection.h"
#include "connectors/mongodb/merge_target.h"
#include "connectors/mongodb/mongodb_client.h"
#include "connectors/mongodb/update_command.h"

namespace penstock {
namespace {

using mongo::Client;
using mongo::ClientOptions;
using mongo::LibraryScope;
using mongo::Peer;
using mongo::UriHandle;

struct WriteError {
  size_t position = 0;
  int32_t code = 0;
  std::string reason;
};

int64_t integer_field(Document document, std::string_view name) {
  const Value value = document.get(name);
  return value.is_number() ? to_integral(value).value_or(0) : 0;
}

std::vector<WriteError> write_errors_of(Document reply) {
  std::vector<WriteError> errors;
  const Value list = reply.get("writeErrors");
  if (!list.is_array()) return errors;
  for (const Element& item : list.as_array()) {
    if (!item.value.is_object()) continue;
    const Document error = item.value.as_object();
    const Value reason = error.get("errmsg");
    errors.push_back({static_cast<size_t>(integer_field(error, "index")),
                      static_cast<int32_t>(integer_field(error, "code")),
                      std::string(reason.is_string() ? reason.as_string() : "no reason given")});
  }
  return errors;
}

class MongoSink final : public Sink {
 public:
  MongoSink(UriHandle uri, Peer peer, const MergeSpec& spec, const MongoSinkOptions& options, const Clock& clock,
            Logger& log)
      : uri_(std::move(uri)), peer_(std::move(peer)), spec_(spec), options_(options), clock_(clock), log_(log) {}
  ~MongoSink() override {
    const LibraryScope library(log_);
    client_.reset();
    uri_.reset();
  }

  Result<void> open() override {
    const LibraryScope library(log_);
    const int64_t start = clock_.monotonic_ns();
    // A client of its own: this one is patient, the one that delivers leaves repeating to its caller.
    PS_TRY(auto client, Client::make(*uri_, peer_, {options_.contact_time, options_.write_time}));
    PS_TRY(check_merge_target(*client, spec_, log_));
    log_.debug("{} answered within {} ms", describe(), (clock_.monotonic_ns() - start) / 1'000'000);
    return {};
  }

  Result<Delivery> deliver(uint64_t seq, const std::vector<OwnedDocument>& documents) override;

  std::string describe() const override { return fmt::format("MongoDB {} {}", peer_.hosts, peer_.target); }

 private:
  std::vector<PendingWrite> prepare(const std::vector<OwnedDocument>& documents, Delivery& delivery) const;
  Result<std::vector<PendingWrite>> write(const UpdateCommand& command, std::span<const PendingWrite> writes,
                                          Delivery& delivery);

  UriHandle uri_;
  Peer peer_;
  MergeSpec spec_;
  MongoSinkOptions options_;
  const Clock& clock_;
  Logger& log_;
  std::unique_ptr<Client> client_;  // Made at the first delivery.
};

Result<Delivery> MongoSink::deliver(uint64_t /*seq*/, const std::vector<OwnedDocument>& documents) {
  const LibraryScope library(log_);
  if (client_ == nullptr) {
    PS_TRY(client_, Client::make(*uri_, peer_, {std::nullopt, options_.write_time}));
  }
  Delivery delivery;
  std::vector<PendingWrite> pending = prepare(documents, delivery);
  const UpdateLimits limits{options_.operations_max, options_.bytes_max};
  for (size_t done = 0; done < pending.size();) {
    const std::span<PendingWrite> rest = std::span(pending).subspan(done);
    const UpdateCommand command = make_update_command(spec_, documents, rest, limits);
    PS_TRY(std::vector<PendingWrite> again, write(command, rest.first(command.count), delivery));
    // What must go again stands before the rest, so that writes of one key keep their order.
    done += command.count - again.size();
    std::move(again.begin(), again.end(), pending.begin() + static_cast<std::ptrdiff_t>(done));
  }
  std::sort(delivery.refused.begin(), delivery.refused.end(),
            [](const RefusedDocument& a, const RefusedDocument& b) { return a.index < b.index; });
  return delivery;
}

std::vector<PendingWrite> MongoSink::prepare(const std::vector<OwnedDocument>& documents, Delivery& delivery) const {
  std::vector<PendingWrite> pending;
  pending.reserve(documents.size());
  for (size_t i = 0; i < documents.size(); ++i) {
    auto key = write_key(spec_, documents[i]);
    if (key.ok()) {
      pending.push_back({i, std::move(*key)});
    } else {
      delivery.refused.push_back({i, static_cast<int32_t>(key.error().code()), key.error().message()});
    }
  }
  return pending;
}

// Sends one command; gives back the writes that must be sent again.
Result<std::vector<PendingWrite>> MongoSink::write(const UpdateCommand& command, std::span<const PendingWrite> writes,
                                                   Delivery& delivery) {
  std::vector<PendingWrite> again;
  PS_TRY(const OwnedDocument reply, client_->write(spec_.db, Document(command.bytes.data())));
  for (const WriteError& error : write_errors_of(reply)) {
    if (error.position >= writes.size()) continue;
    if (mongo::is_passing_code(error.code)) {
      return Error(ErrorCode::kPeerUnreachable, "MongoDB at {} cannot write {} now: {}", peer_.hosts, peer_.target,
                   error.reason);
    }
    const PendingWrite& write = writes[error.position];
    if (error.code == static_cast<int32_t>(ErrorCode::kDuplicateKey) && !write.repeated) {
      // An earlier attempt of ours that we gave up may have inserted the document meanwhile (reliability P9): the
      // second time the filter finds it. If not, the key belongs to another document.
      again.push_back({write.index, write.key, true});
    } else {
      delivery.refused.push_back({write.index, error.code, error.reason});
    }
    if (!command.ordered) continue;
    // The server stopped here.
    again.insert(again.end(), writes.begin() + static_cast<std::ptrdiff_t>(error.position) + 1, writes.end());
    break;
  }
  return again;
}

// The texts of libmongoc may quote parts of a uri: they are shown only when they cannot hold the password.
std::string reason_without_secrets(const bson_error_t& error, std::string_view uri) {
  const size_t start = uri.find("://") + 3;
  const size_t at = uri.rfind('@');
  if (at == std::string_view::npos || at < start) return error.message;
  return "its user, password or hosts are malformed (percent-encode : / ? # [ ] @ in user and password)";
}

}  // namespace

Result<std::unique_ptr<Sink>> make_mongodb_sink(const std::string& uri, const MergeSpec& spec, MongoSinkOptions options,
                                                const Clock& clock, Logger& log) {
  const LibraryScope library(log);
  PS_TRY(check_mongodb_uri(uri));
  bson_error_t error{};
  UriHandle parsed(mongoc_uri_new_with_error(uri.c_str(), &error));
  if (parsed == nullptr) {
    return Error(ErrorCode::kInvalidDefinition, "the uri of connection \"{}\" is not a MongoDB uri: {}",
                 spec.connection_name, reason_without_secrets(error, uri));
  }
  Peer peer = mongo::peer_of(*parsed, spec.db + "." + spec.coll);
  return std::unique_ptr<Sink>(
      std::make_unique<MongoSink>(std::move(parsed), std::move(peer), spec, options, clock, log));
}

}  // namespace penstock
