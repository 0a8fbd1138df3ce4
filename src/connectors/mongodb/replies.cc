// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/replies.h"

#include "base/result.h"
#include "bson/number.h"

namespace penstock::mongo {

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

std::vector<Document> first_batch_of(Document reply) {
  std::vector<Document> documents;
  const Value cursor = reply.get("cursor");
  const Value batch = cursor.is_object() ? cursor.as_object().get("firstBatch") : Value::missing();
  if (!batch.is_array()) return documents;
  for (const Element& document : batch.as_array()) {
    if (document.value.is_object()) documents.push_back(document.value.as_object());
  }
  return documents;
}

std::optional<Document> first_of_cursor(Document reply) {
  const std::vector<Document> documents = first_batch_of(reply);
  return documents.empty() ? std::nullopt : std::optional(documents.front());
}

std::string merge_reason(const MergeSpec& spec, const WriteError& error) {
  if (spec.when_matched != WhenMatched::kFail || error.code != static_cast<int32_t>(ErrorCode::kDuplicateKey)) {
    return error.reason;
  }
  return "$merge with whenMatched: fail found an existing document with the same values for the 'on' fields :: caused "
         "by :: " +
         error.reason;
}

}  // namespace penstock::mongo
