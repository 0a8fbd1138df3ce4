// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/document_writer.h"

#include <algorithm>

#include "connectors/mongodb/replies.h"
#include "docstore/merge_documents.h"

namespace penstock::mongo {

Result<DocumentWriter> DocumentWriter::make(const MergeSpec& spec, UpdateLimits limits, const Clock& clock) {
  PS_TRY(MergeVariables variables, MergeVariables::make(spec, clock));
  return DocumentWriter(spec, limits, std::move(variables));
}

PreparedWrites DocumentWriter::prepare(const std::vector<OwnedDocument>& documents) const {
  PreparedWrites prepared;
  prepared.pending.reserve(documents.size());
  for (size_t i = 0; i < documents.size(); ++i) {
    auto write = make_write(spec_, variables_, documents, i);
    if (write.ok()) {
      prepared.pending.push_back(std::move(*write));
    } else {
      prepared.refused.push_back({i, static_cast<int32_t>(write.error().code()), write.error().message()});
    }
  }
  return prepared;
}

Result<std::vector<RefusedDocument>> DocumentWriter::write_in_bulk(Client& client,
                                                                   const std::vector<OwnedDocument>& documents) const {
  PreparedWrites prepared = prepare(documents);
  std::vector<PendingWrite>& pending = prepared.pending;
  for (size_t done = 0; done < pending.size();) {
    const std::span<PendingWrite> rest = std::span(pending).subspan(done);
    const UpdateCommand next = command(documents, rest);
    PS_TRY(std::vector<PendingWrite> again,
           write_once(client, documents, next, rest.first(next.count), prepared.refused));
    // What must go again stands before the rest, so that writes of one key keep their order.
    done += next.count - again.size();
    std::move(again.begin(), again.end(), pending.begin() + static_cast<std::ptrdiff_t>(done));
  }
  sort_by_index(prepared.refused);
  return std::move(prepared.refused);
}

// Sends one command; gives back the writes that must be sent again.
Result<std::vector<PendingWrite>> DocumentWriter::write_once(Client& client,
                                                             const std::vector<OwnedDocument>& documents,
                                                             const UpdateCommand& command,
                                                             std::span<const PendingWrite> writes,
                                                             std::vector<RefusedDocument>& refused) const {
  std::vector<PendingWrite> again;
  PS_TRY(const OwnedDocument reply, client.write(spec_.db, Document(command.bytes.data())));
  for (const WriteError& error : write_errors_of(reply)) {
    if (error.position >= writes.size()) continue;
    if (is_passing_code(error.code)) return busy(client.peer(), error.reason);
    const PendingWrite& write = writes[error.position];
    bool done = false;
    if (error.code == static_cast<int32_t>(ErrorCode::kDuplicateKey) && !write.repeated) {
      // An earlier attempt of ours that we gave up may have inserted the document meanwhile (reliability P9): the
      // second time the filter finds it. If not, the key belongs to another document. An insert has no filter: the
      // document itself is looked at.
      if (spec_.when_matched != WhenMatched::kFail) {
        again.push_back(write);
        again.back().repeated = true;
        done = true;
      } else {
        PS_TRY(done, is_there(client, documents[write.index]));
      }
    }
    if (!done) refused.push_back({write.index, error.code, merge_reason(spec_, error)});
    if (!command.ordered) continue;
    // The server stopped here.
    again.insert(again.end(), writes.begin() + static_cast<std::ptrdiff_t>(error.position) + 1, writes.end());
    break;
  }
  return again;
}

Result<bool> DocumentWriter::is_there(Client& client, Document document) const {
  DocumentBuilder builder;
  builder.append("find", Value::string(spec_.coll));
  const size_t filter = builder.begin_object("filter");
  const size_t equals = builder.begin_object("_id");
  builder.append("$eq", document.get("_id"));
  builder.end(equals);
  builder.end(filter);
  builder.append("singleBatch", Value::boolean(true));
  builder.append("limit", Value::int32(1));
  PS_TRY(const OwnedDocument reply, client.read(spec_.db, OwnedDocument(builder.take())));
  const std::optional<Document> stored = first_of_cursor(reply);
  auto ours = with_id_first(document);
  return stored && ours.ok() && stored->bytes() == ours->bytes();
}

void log_lost_letter(Logger& log, const MergeSpec& letters, std::string_view reason) {
  log.warning("a dead letter is lost: {}.{} refuses it: {}", letters.db, letters.coll, reason);
}

void sort_by_index(std::vector<RefusedDocument>& refused) {
  std::sort(refused.begin(), refused.end(),
            [](const RefusedDocument& a, const RefusedDocument& b) { return a.index < b.index; });
}

}  // namespace penstock::mongo
