// SPDX-License-Identifier: Apache-2.0
#include "dataflow/discarding_sink.h"

namespace penstock {
namespace {

class DiscardingSink final : public Sink {
 public:
  Result<void> open() override { return {}; }
  Guarantee guarantee() const override {
    return {GuaranteeLevel::kAtMostOnce, "the pipeline has no sink, its results are only shown"};
  }
  Result<std::vector<Marker>> markers(std::string_view) override { return std::vector<Marker>(); }
  Result<Marker> claim(const Claim& claim) override {
    Marker marker;
    marker.lineage = claim.lineage;
    marker.seq = claim.seq.value_or(0);
    marker.fence = 1;
    return marker;
  }
  Result<void> forget(std::string_view) override { return {}; }
  Result<Delivery> deliver(const OutboxEntry&, const RefusalLetters&) override { return Delivery(); }
  Result<void> write_dead_letters(const std::vector<OwnedDocument>&) override { return {}; }
  bool takes_dead_letters() const override { return true; }
  std::string describe() const override { return "nowhere (the pipeline has no sink)"; }
};

}  // namespace

std::unique_ptr<Sink> make_discarding_sink() { return std::make_unique<DiscardingSink>(); }

}  // namespace penstock
