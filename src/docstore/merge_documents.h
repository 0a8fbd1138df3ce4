// SPDX-License-Identifier: Apache-2.0
// $merge as a function of two documents, with the results, field order and error codes of mongod (measured
// on 6.0.5). The embedded store writes with it; the MongoDB sink takes its `on` values from here, so that both refuse
// the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"
#include "docstore/update_pipeline.h"
#include "stages/merge_stage.h"

namespace penstock {

// The value of an `on` path, through objects only; missing where there is none.
Value on_value(Document document, std::string_view path);

// Bytes that are equal for two documents exactly if $merge matches them. `on`: sorted paths.
// Errors 51132 (missing, null, undefined) and 51185 (array), with mongod's texts.
Result<std::string> merge_key(Document document, const std::vector<std::string>& on);

// True if a matched document keeps its own `_id` and the incoming one serves for an insert only: an ObjectId where `on`
// does not name `_id`. It was most likely made when the document was frozen; mongod would make one at the insert. Every
// other incoming `_id` must equal the stored one (code 66).
bool id_is_for_insert_only(Document incoming, const MergeSpec& spec);

// A $merge, made once and run for many documents: a pipeline is parsed here. Thread: one at a time.
class Merger {
 public:
  // `clock`: what a pipeline may look at; outlives the merger.
  static Result<Merger> make(const MergeSpec& spec, const Clock& clock);
  const MergeSpec& spec() const { return spec_; }
  // What is in the collection afterwards; empty: nothing changes. `existing`: the matching document, null if there is
  // none, and for whenMatched fail: there the unique index refuses an insert. `incoming` has an `_id` and passed
  // merge_key.
  Result<std::optional<OwnedDocument>> merge(const Document* existing, Document incoming);

 private:
  explicit Merger(const MergeSpec& spec) : spec_(spec) {}
  MergeSpec spec_;
  std::optional<UpdatePipeline> pipeline_;
};

// What takes the place of a stored document: without an `_id` (missing `new_id`) it gets the stored one, another one is
// refused (code 66).
Result<OwnedDocument> in_place_of(Document stored, const Value& new_id, Document after);
// A replacement that was not taken for operators has no field with a dollar at the top (code 52).
Result<void> check_replacement_names(Document replacement);
// Error 17419: larger than a document may be.
Result<void> check_size_after_update(const OwnedDocument& document);

// The document with `_id` first, where MongoDB keeps it, and the `_id` checked: no array, regex, undefined (code 53).
Result<OwnedDocument> with_id_first(Document document);

}  // namespace penstock
