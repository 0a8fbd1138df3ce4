// SPDX-License-Identifier: Apache-2.0
// A database in memory that outlives the processes which write to it, and a Sink that writes to it as the real ones do:
// with transactions (all of an entry and its marker, or nothing) or without (documents one by one, then the marker).
// Replies can be lost after the work was done. Every write is also counted by an additive merge, so that a second one
// shows for ever. Thread: one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/random.h"
#include "dataflow/sink.h"

namespace penstock {

struct SimulatedServer {
  std::map<std::string, OwnedDocument> documents;     // By `_id` as JSON.
  std::map<std::string, OwnedDocument> dead_letters;  // Likewise.
  std::map<std::string, uint64_t> applied;            // How often each document was added to what was there.
  std::map<std::string, Marker> markers;              // By lineage.
};

// What is broken in a variant of the algorithm (reliability 1.4.10).
enum class SinkFault { kNone, kIgnoresMarker, kNewIdAtEachDelivery, kNoFence, kHidesMarkers };

struct SimulatedSinkSettings {
  bool transactions = true;
  double lost_replies = 0;  // Share of deliveries whose reply is lost, before or after the work was done.
  double refused = 0;       // Share of documents that the server refuses, by their bytes.
  SinkFault fault = SinkFault::kNone;
};

class SimulatedSink final : public Sink {
 public:
  SimulatedSink(SimulatedServer& server, const SimulatedSinkSettings& settings, const Clock& clock, Random& random,
                std::function<void()> before_step)
      : server_(server), settings_(settings), clock_(clock), random_(random), before_step_(std::move(before_step)) {}

  Result<void> open() override { return {}; }
  Guarantee guarantee() const override { return {}; }
  Result<std::vector<Marker>> markers(std::string_view processor) override;
  Result<Marker> claim(const Claim& claim) override;
  Result<void> forget(std::string_view lineage) override;
  Result<Delivery> deliver(const OutboxEntry& entry, const RefusalLetters& letters) override;
  Result<void> write_dead_letters(const std::vector<OwnedDocument>& letters) override;
  bool takes_dead_letters() const override { return true; }
  std::string describe() const override { return "simulated"; }

 private:
  Result<bool> is_in(uint64_t seq) const;
  std::vector<RefusedDocument> refused_of(const OutboxEntry& entry) const;
  void write(SimulatedServer& to, const OutboxEntry& entry, const Delivery& delivery,
             const std::vector<OwnedDocument>& letters, bool step_by_step);
  Result<void> move_marker(SimulatedServer& to, const OutboxEntry& entry) const;

  SimulatedServer& server_;
  SimulatedSinkSettings settings_;
  const Clock& clock_;
  Random& random_;
  std::function<void()> before_step_;
  std::string lineage_;
  uint64_t fence_ = 0;
};

}  // namespace penstock
