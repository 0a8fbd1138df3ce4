// SPDX-License-Identifier: Apache-2.0
// Where results go. What a sink gets is frozen: final bytes, `_id` included, in an outbox entry with a sequence number,
// so that a second delivery writes the same bytes (reliability 1.4).
//
//   open -> markers -> claim -> deliver(entry 1), deliver(entry 2), ...
//
// The marker is a document beside the results, `<db>.__penstock_commits` {_id: lineage, processor, seq, fence, cut,
// at}: the number of the entry that is in the sink last. Where the sink can, documents, dead letters and marker are
// written in one transaction, and a crash leaves all of an entry or nothing.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"
#include "dataflow/guarantee.h"
#include "state/outbox.h"

namespace penstock {

inline constexpr std::string_view kMarkerCollection = "__penstock_commits";

// One document the sink's server refused, with its reason: it becomes a dead letter, the rest goes on.
struct RefusedDocument {
  size_t index = 0;  // In the delivered documents.
  int32_t code = 0;
  std::string reason;
};

struct Delivery {
  std::vector<RefusedDocument> refused;  // By index.
  bool repeated = false;                 // The marker says that the entry is in already: nothing was written.
};

// Called by deliver() before it commits, with all documents the server refused (at least one): gives the dead letters
// that belong into the same commit; empty when they were written elsewhere or nobody wants them. May be called again
// when the delivery starts over. An error ends the delivery with it.
using RefusalLetters = std::function<Result<std::vector<OwnedDocument>>(const std::vector<RefusedDocument>&)>;

struct Marker {
  std::string lineage;
  uint64_t seq = 0;    // Of the entry that is in the sink last; 0: none.
  uint64_t fence = 0;  // Number of starts: who has a lower one may not write any more.
  OwnedDocument cut;   // Of that entry; unset when seq is 0.
  EventTime at;
};

// Takes possession of a lineage.
struct Claim {
  std::string lineage;
  std::string processor;
  // Empty: as the marker says (0 when there is none). Given: the marker is set to it, whatever it says.
  std::optional<uint64_t> seq;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // First contact: reachable, credentials right, target usable. At most 30 s. kPeerUnreachable, kCredentialsRefused,
  // ...
  virtual Result<void> open() = 0;
  // What deliver() is worth, once open() found out what the server can.
  virtual Guarantee guarantee() const = 0;
  // The markers of all lineages of a processor of that name, newest first.
  virtual Result<std::vector<Marker>> markers(std::string_view processor) = 0;
  // Makes the marker if there is none, raises its fence: whoever claimed before is locked out. The marker as it now is.
  virtual Result<Marker> claim(const Claim& claim) = 0;
  // Removes the marker of a lineage that will not go on. Missing is fine.
  virtual Result<void> forget(std::string_view lineage) = 0;
  // Writes the entry with the sink's merge mode; blocks (delivery task). Safe to repeat with the same entry: after a
  // claim the marker decides what is in already. Without a claim no marker is kept (at-most-once runs).
  // Error kPeerUnreachable and kin: transient, the caller repeats. kStateRefused: another instance has claimed the
  // lineage, or the marker is gone. Other errors: the processor fails.
  virtual Result<Delivery> deliver(const OutboxEntry& entry, const RefusalLetters& letters) = 0;
  // For a dead letter queue that lies elsewhere than the results: writes letters by `_id`, leaving those that are there
  // as they are. A letter the server refuses is logged.
  virtual Result<void> write_dead_letters(const std::vector<OwnedDocument>& letters) = 0;
  // True: deliver() writes dead letters too, in the same commit.
  virtual bool takes_dead_letters() const = 0;
  // For `explain` and the start message: "MongoDB 127.0.0.1:27017 confluent_cloud.stock_prices"; no secrets.
  virtual std::string describe() const = 0;
};

// True for errors that go away by themselves: the caller repeats with growing pauses.
bool is_transient(const Error& error);
// True for errors that a person may be mending at this moment, such as credentials: the caller repeats for five minutes
// (reliability 1.4.12).
bool is_configuration(const Error& error);

}  // namespace penstock
