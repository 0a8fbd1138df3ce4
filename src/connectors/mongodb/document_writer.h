// SPDX-License-Identifier: Apache-2.0
// Documents into one collection by the modes of $merge: made ready once, then written in bulk (here) or in a
// transaction (transaction_delivery.h). Bulk writes are acknowledged by a majority one command at a time; a repeated
// delivery writes the same bytes.
// Thread: one at a time.
#pragma once

#include <vector>

#include "base/log.h"
#include "connectors/mongodb/mongodb_client.h"
#include "connectors/mongodb/update_command.h"
#include "dataflow/sink.h"

namespace penstock::mongo {

// Documents on their way, and those that no command can hold.
struct PreparedWrites {
  std::vector<PendingWrite> pending;
  std::vector<RefusedDocument> refused;
};

class DocumentWriter {
 public:
  // Errors: of `let`.
  static Result<DocumentWriter> make(const MergeSpec& spec, UpdateLimits limits, const Clock& clock);

  const MergeSpec& spec() const { return spec_; }
  PreparedWrites prepare(const std::vector<OwnedDocument>& documents) const;
  UpdateCommand command(const std::vector<OwnedDocument>& documents, std::span<const PendingWrite> pending) const {
    return make_update_command(spec_, documents, pending, limits_);
  }
  // Writes all; gives back what the server refuses, by index. Transient errors end it.
  Result<std::vector<RefusedDocument>> write_in_bulk(Client& client, const std::vector<OwnedDocument>& documents) const;
  // True if the server has exactly this document already: it was written by a delivery of ours whose end we did not
  // see. For whenMatched "fail", where a duplicate is an error.
  Result<bool> is_there(Client& client, Document document) const;

 private:
  DocumentWriter(const MergeSpec& spec, UpdateLimits limits, MergeVariables variables)
      : spec_(spec), limits_(limits), variables_(std::move(variables)) {}
  Result<std::vector<PendingWrite>> write_once(Client& client, const std::vector<OwnedDocument>& documents,
                                               const UpdateCommand& command, std::span<const PendingWrite> writes,
                                               std::vector<RefusedDocument>& refused) const;

  MergeSpec spec_;
  UpdateLimits limits_;
  MergeVariables variables_;
};

// The collection of a dead letter queue refuses a letter: nothing else is left than a line in the log.
void log_lost_letter(Logger& log, const MergeSpec& letters, std::string_view reason);
void sort_by_index(std::vector<RefusedDocument>& refused);

}  // namespace penstock::mongo
