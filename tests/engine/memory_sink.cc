// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/memory_sink.h"

#include "bson/ejson.h"

namespace penstock {

std::string MemorySink::text() const {
  std::string text;
  for (const OwnedDocument& document : documents_)
    text += to_json(document.view(), JsonStyle::kCanonical) + "\n";
  return text;
}

Result<Delivery> MemorySink::deliver(uint64_t seq, const std::vector<OwnedDocument>& documents) {
  attempts_ns_.push_back(clock_.monotonic_ns());
  if (down_) return Error(ErrorCode::kPeerUnreachable, "nobody answers at memory:1");
  if (!failures_.empty()) {
    Error error = std::move(failures_.front());
    failures_.pop_front();
    return error;
  }
  Delivery delivery;
  for (size_t i = 0; i < documents.size(); ++i) {
    std::string reason = refuse_ ? refuse_(documents[i]) : "";
    if (reason.empty()) {
      documents_.push_back(documents[i]);
    } else {
      delivery.refused.push_back({i, 121, std::move(reason)});
    }
  }
  sequence_.push_back(seq);
  return delivery;
}

}  // namespace penstock
