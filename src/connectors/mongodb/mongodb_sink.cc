// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_sink.h"

#include <iterator>

#include "connectors/mongodb/claimed_lineage.h"
#include "connectors/mongodb/cluster_connection.h"
#include "connectors/mongodb/document_writer.h"
#include "connectors/mongodb/merge_target.h"
#include "connectors/mongodb/mongodb_guarantee.h"
#include "connectors/mongodb/transaction_delivery.h"

namespace penstock {
namespace {

using mongo::Client;
using mongo::DocumentWriter;
using mongo::LibraryScope;
using mongo::MarkerVerdict;
using mongo::Peer;
using mongo::UriHandle;

std::string full_name(const MergeSpec& spec) { return spec.db + "." + spec.coll; }

// Letters are inserted, and those that are there stay.
MergeSpec as_letters(MergeSpec spec) {
  spec.on = {"_id"};
  spec.when_matched = WhenMatched::kKeepExisting;
  spec.when_not_matched = WhenNotMatched::kInsert;
  return spec;
}

class MongoSink final : public Sink {
 public:
  struct Writers {
    DocumentWriter results;
    DocumentWriter letters;
    bool takes_letters = false;
  };
  MongoSink(UriHandle uri, Peer peer, Writers writers, const MongoSinkOptions& options, const Clock& clock, Logger& log)
      : uri_(std::move(uri)),
        peer_(std::move(peer)),
        writers_(std::move(writers)),
        options_(options),
        clock_(clock),
        log_(log) {}
  ~MongoSink() override {
    const LibraryScope library(log_);
    session_.reset();
    client_.reset();
    uri_.reset();
  }

  Result<void> open() override;
  Guarantee guarantee() const override;
  Result<std::vector<Marker>> markers(std::string_view processor) override;
  Result<Marker> claim(const Claim& claim) override;
  Result<void> forget(std::string_view lineage) override;
  Result<Delivery> deliver(const OutboxEntry& entry, const RefusalLetters& letters) override;
  Result<void> write_dead_letters(const std::vector<OwnedDocument>& letters) override;
  bool takes_dead_letters() const override { return writers_.takes_letters; }
  std::string describe() const override { return fmt::format("MongoDB {} {}", peer_.hosts, peer_.target); }

 private:
  Result<std::unique_ptr<Client>> patient_client(std::string target) const;
  Result<void> connect();
  Result<Delivery> deliver_in_bulk(const OutboxEntry& entry, const RefusalLetters& letters);
  Result<Delivery> deliver_with_marker(const OutboxEntry& entry, const RefusalLetters& letters);
  const std::string& marker_db() const { return writers_.results.spec().db; }
  std::string marker_target() const { return fmt::format("{}.{}", marker_db(), kMarkerCollection); }

  UriHandle uri_;
  Peer peer_;
  Writers writers_;
  MongoSinkOptions options_;
  const Clock& clock_;
  Logger& log_;
  bool transactions_ = false;                // The server has them; known after open().
  std::unique_ptr<Client> client_;           // Delivers; made at the claim or the first delivery.
  std::unique_ptr<mongo::Session> session_;  // With transactions, after the claim.
  std::optional<mongo::ClaimedLineage> lineage_;
};

// A client for the start: this one is patient, the one that delivers leaves repeating to its caller.
Result<std::unique_ptr<Client>> MongoSink::patient_client(std::string target) const {
  Peer peer = peer_;
  peer.target = std::move(target);
  return Client::make(*uri_, std::move(peer), {options_.contact_time, options_.write_time});
}

Result<void> MongoSink::connect() {
  if (client_ != nullptr) return {};
  PS_TRY(client_, Client::make(*uri_, peer_, {std::nullopt, options_.write_time}));
  return {};
}

Result<void> MongoSink::open() {
  const LibraryScope library(log_);
  const int64_t start = clock_.monotonic_ns();
  PS_TRY(auto client, patient_client(peer_.target));
  PS_TRY(const mongo::ServerKind server, check_server(*client));
  transactions_ = server.transactions;
  PS_TRY(check_merge_target(*client, writers_.results.spec(), log_));
  if (writers_.takes_letters) {
    const MergeSpec& letters = writers_.letters.spec();
    PS_TRY(auto letters_client, patient_client(full_name(letters)));
    PS_TRY(check_merge_target(*letters_client, letters, log_));
  }
  log_.debug("{} answered within {} ms", describe(), (clock_.monotonic_ns() - start) / 1'000'000);
  return {};
}

Guarantee MongoSink::guarantee() const {
  return mongodb_guarantee(transactions_, writers_.results.spec(), peer_.hosts);
}

Result<std::vector<Marker>> MongoSink::markers(std::string_view processor) {
  const LibraryScope library(log_);
  PS_TRY(auto client, patient_client(marker_target()));
  return mongo::read_markers(*client, marker_db(), processor);
}

Result<Marker> MongoSink::claim(const Claim& claim) {
  const LibraryScope library(log_);
  PS_TRY(connect());
  if (transactions_ && session_ == nullptr) {
    PS_TRY(session_, mongo::Session::start(*client_));
  }
  PS_TRY(auto client, patient_client(marker_target()));
  PS_TRY(Marker marker, mongo::claim_lineage(*client, marker_db(), claim, clock_.now(),
                                             session_ != nullptr ? session_->id() : Document(), log_));
  lineage_ = mongo::ClaimedLineage{.db = marker_db(), .lineage = marker.lineage, .fence = marker.fence};
  return marker;
}

Result<void> MongoSink::forget(std::string_view lineage) {
  const LibraryScope library(log_);
  PS_TRY(auto client, patient_client(marker_target()));
  return mongo::forget_lineage(*client, marker_db(), lineage, log_);
}

Result<Delivery> MongoSink::deliver(const OutboxEntry& entry, const RefusalLetters& letters) {
  const LibraryScope library(log_);
  PS_TRY(connect());
  if (!lineage_) return deliver_in_bulk(entry, letters);
  if (session_ == nullptr) return deliver_with_marker(entry, letters);
  const mongo::DeliveryTarget target{.client = *client_,
                                     .session = *session_,
                                     .results = writers_.results,
                                     .letters = writers_.takes_letters ? &writers_.letters : nullptr,
                                     .lineage = *lineage_,
                                     .clock = clock_,
                                     .log = log_};
  return mongo::TransactionDelivery(target, entry, letters).run();
}

Result<Delivery> MongoSink::deliver_in_bulk(const OutboxEntry& entry, const RefusalLetters& letters) {
  Delivery delivery;
  PS_TRY(delivery.refused, writers_.results.write_in_bulk(*client_, entry.documents));
  std::vector<OwnedDocument> all;
  if (writers_.takes_letters) all = entry.dead_letters;
  if (!delivery.refused.empty()) {
    PS_TRY(std::vector<OwnedDocument> more, letters(delivery.refused));
    if (!more.empty() && !writers_.takes_letters) {
      return Error(ErrorCode::kInternalError, "{} dead letters were given to a sink that takes none", more.size());
    }
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  PS_TRY(write_dead_letters(all));
  return delivery;
}

Result<Delivery> MongoSink::deliver_with_marker(const OutboxEntry& entry, const RefusalLetters& letters) {
  PS_TRY(const MarkerVerdict verdict, lineage_->judge(*client_, entry.seq));
  if (verdict == MarkerVerdict::kRepeated) return Delivery{.refused = {}, .repeated = true};
  PS_TRY(Delivery delivery, deliver_in_bulk(entry, letters));
  PS_TRY(const bool advanced, lineage_->advance(*client_, entry, clock_.now()));
  if (advanced) return delivery;
  PS_TRY(const MarkerVerdict now, lineage_->judge(*client_, entry.seq));
  if (now == MarkerVerdict::kRepeated) return delivery;
  return busy(client_->peer(), "the marker was not moved");
}

Result<void> MongoSink::write_dead_letters(const std::vector<OwnedDocument>& letters) {
  if (letters.empty()) return {};
  const LibraryScope library(log_);
  PS_TRY(connect());
  PS_TRY(const std::vector<RefusedDocument> refused, writers_.letters.write_in_bulk(*client_, letters));
  for (const RefusedDocument& letter : refused)
    mongo::log_lost_letter(log_, writers_.letters.spec(), letter.reason);
  return {};
}

}  // namespace

Result<std::unique_ptr<Sink>> make_mongodb_sink(const Secret& uri, const MergeSpec& spec,
                                                const std::optional<MergeSpec>& dead_letters, MongoSinkOptions options,
                                                const Clock& clock, Logger& log) {
  const LibraryScope library(log);
  PS_TRY(UriHandle parsed, mongo::parse_uri(uri, spec.connection_name));
  const UpdateLimits limits{options.operations_max, options.bytes_max};
  PS_TRY(DocumentWriter results, DocumentWriter::make(spec, limits, clock));
  PS_TRY(DocumentWriter letters, DocumentWriter::make(as_letters(dead_letters.value_or(spec)), limits, clock));
  Peer peer = mongo::peer_of(*parsed, full_name(spec));
  return std::unique_ptr<Sink>(std::make_unique<MongoSink>(
      std::move(parsed), std::move(peer),
      MongoSink::Writers{std::move(results), std::move(letters), dead_letters.has_value()}, options, clock, log));
}

}  // namespace penstock
