// SPDX-License-Identifier: Apache-2.0
#include "connectors/embedded/embedded_sink.h"

#include <fmt/format.h>

namespace penstock {
namespace {

class EmbeddedSink final : public Sink {
 public:
  EmbeddedSink(std::shared_ptr<DocStore> store, const MergeSpec& spec) : store_(std::move(store)), spec_(spec) {}

  // The store is open; what can still be wrong is the target's name.
  Result<void> open() override {
    PS_TRY(store::namespace_of(spec_.db, spec_.coll));
    return {};
  }

  Result<Delivery> deliver(uint64_t /*seq*/, const std::vector<OwnedDocument>& documents) override {
    if (documents.empty()) return Delivery{};
    return store_->merge(spec_.db, spec_.coll, documents, spec_);
  }

  std::string describe() const override {
    return fmt::format("embedded store {} {}.{}", store_->folder(), spec_.db, spec_.coll);
  }

 private:
  std::shared_ptr<DocStore> store_;
  MergeSpec spec_;
};

}  // namespace

std::unique_ptr<Sink> make_embedded_sink(std::shared_ptr<DocStore> store, const MergeSpec& spec) {
  return std::make_unique<EmbeddedSink>(std::move(store), spec);
}

}  // namespace penstock
