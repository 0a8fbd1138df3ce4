// SPDX-License-Identifier: Apache-2.0
#include "api/wire/result_batches.h"

namespace penstock {
namespace {

// A document that found no room, then the rest.
class PutBack final : public ResultStream {
 public:
  PutBack(Document first, std::unique_ptr<ResultStream> rest) : first_(OwnedDocument(first)), rest_(std::move(rest)) {}
  Result<std::optional<Document>> next() override {
    if (given_) first_.reset();
    if (!first_) return rest_->next();
    given_ = true;
    return std::optional<Document>(first_->view());
  }
  bool at_end() const override { return (given_ || !first_) && rest_->at_end(); }
  // When the first document is gone: nothing of this stream is needed any more.
  std::unique_ptr<ResultStream> take_rest() { return std::move(rest_); }
  bool is_rest_only() const { return given_ || !first_; }

 private:
  std::optional<OwnedDocument> first_;
  std::unique_ptr<ResultStream> rest_;
  bool given_ = false;
};

void put_back(std::unique_ptr<ResultStream>& results, Document document) {
  OwnedDocument kept(document);
  if (auto* before = dynamic_cast<PutBack*>(results.get()); before != nullptr && before->is_rest_only()) {
    results = before->take_rest();  // Or the streams would grow with every reply.
  }
  results = std::make_unique<PutBack>(kept, std::move(results));
}

}  // namespace

Result<bool> write_batch(std::unique_ptr<ResultStream>& results, std::string_view name, uint64_t documents_max,
                         DocumentBuilder& reply) {
  const size_t mark = reply.begin_array(name);
  bool more = true;
  for (uint64_t count = 0; count < documents_max && more; ++count) {
    PS_TRY(const auto document, results->next());
    if (!document) {
      more = false;
      break;
    }
    if (count > 0 && reply.size() + document->size() > kDocumentBytesMax) {
      put_back(results, *document);
      break;
    }
    char scratch[12];
    reply.append(index_name(static_cast<uint32_t>(count), scratch), Value::object(*document));
    more = !results->at_end();
  }
  reply.end(mark);
  return more;
}

}  // namespace penstock
