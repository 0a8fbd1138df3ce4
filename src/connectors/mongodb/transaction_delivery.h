// SPDX-License-Identifier: Apache-2.0
// One outbox entry in one transaction: marker, documents, dead letters, all or nothing (reliability 1.4.6).
//
//   begin
//     marker: seq S-1 -> S, if the fence is ours      moved already: abort, the marker decides
//     documents                                       one refused: abort, begin again without it
//     dead letters, also those of refused documents   one refused: abort, log it, begin again without it
//   commit                                            no answer: the marker decides
//
// The marker comes first: a repeated entry and a locked-out instance stop before they write, and two that write at once
// meet there. To find many refused documents without starting from the front each time, an attempt may begin behind the
// last one found; such an attempt only looks, and is never committed.
#pragma once

#include <optional>
#include <vector>

#include "connectors/mongodb/claimed_lineage.h"
#include "connectors/mongodb/document_writer.h"
#include "connectors/mongodb/mongodb_session.h"
#include "connectors/mongodb/replies.h"

namespace penstock::mongo {

struct DeliveryTarget {
  Client& client;
  Session& session;
  const DocumentWriter& results;
  const DocumentWriter* letters;  // Null: dead letters are written elsewhere.
  const ClaimedLineage& lineage;
  const Clock& clock;
  Logger& log;
};

class TransactionDelivery {
 public:
  TransactionDelivery(const DeliveryTarget& target, const OutboxEntry& entry, const RefusalLetters& letters);
  Result<Delivery> run();

 private:
  enum class Step { kCommitted, kAgain, kMarkerMoved, kUnknown };
  Result<Step> attempt();
  Result<bool> write_documents();
  Result<void> take_out(size_t position, const WriteError& error);
  bool is_sure(size_t position, const WriteError& error) const;
  Result<bool> write_letters();
  Result<void> prepare_letters();
  Result<Delivery> settle(Step step);
  Delivery delivery();

  const DeliveryTarget& target_;
  const OutboxEntry& entry_;
  const RefusalLetters& make_letters_;
  std::vector<PendingWrite> pending_;
  std::vector<RefusedDocument> refused_;
  size_t from_ = 0;  // In pending_: where the attempt begins; 0 for one that may be committed.
  struct Letters {
    std::vector<OwnedDocument> documents;
    std::vector<PendingWrite> pending;
  };
  std::optional<Letters> letters_;  // Those for refused_ included; unset when that has changed.
};

}  // namespace penstock::mongo
