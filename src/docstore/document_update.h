// SPDX-License-Identifier: Apache-2.0
// The update of one statement, made once and applied to the documents that its filter finds: operators, a replacement,
// or a pipeline. Results, codes and texts as mongod 6.0.5.
// Thread: one at a time.
#pragma once

#include <optional>

#include "docstore/update_operators.h"
#include "docstore/update_pipeline.h"
#include "docstore/write.h"

namespace penstock {

class DocumentUpdate {
 public:
  // What the statement refers to, `let` and `clock` outlive it.
  static Result<DocumentUpdate> parse(const UpdateStatement& statement, Document let, const Clock& clock);

  struct Outcome {
    OwnedDocument document;
    bool changed = false;  // MongoDB's nModified counts those.
  };
  // `existing` is stored and passes the filter.
  Result<Outcome> apply(Document existing);
  // The document of an upsert, perhaps without `_id`.
  Result<OwnedDocument> make();

 private:
  DocumentUpdate(const UpdateStatement& statement, const Clock& clock) : statement_(statement), clock_(&clock) {}
  Result<OwnedDocument> run_operators(Document existing, bool inserting, bool& touched);
  Result<Document> run_pipeline(Document existing);

  const UpdateStatement& statement_;
  const Clock* clock_;
  std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
  std::optional<UpdateOperators> operators_;
  std::optional<UpdatePipeline> pipeline_;
  OwnedDocument variables_;
  OwnedDocument replacement_;
};

// A document as it is stored: `_id` first, `id_if_none` when it has none, empty timestamps at the top filled in.
// Errors 53 and 52 for what is no `_id`, 2 and 15 for a document too large or too deep.
Result<OwnedDocument> as_new_document(Document document, const ObjectId& id_if_none, const Clock& clock);

}  // namespace penstock
