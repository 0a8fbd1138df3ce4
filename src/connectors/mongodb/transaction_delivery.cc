// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/transaction_delivery.h"

#include <algorithm>
#include <iterator>

#include "base/crash_point.h"

namespace penstock::mongo {
namespace {

// Others that write the same documents: beyond that many attempts the caller waits a little.
constexpr int kConflictsMax = 5;

}  // namespace

TransactionDelivery::TransactionDelivery(const DeliveryTarget& target, const OutboxEntry& entry,
                                         const RefusalLetters& letters)
    : target_(target), entry_(entry), make_letters_(letters) {
  PreparedWrites prepared = target.results.prepare(entry.documents);
  pending_ = std::move(prepared.pending);
  refused_ = std::move(prepared.refused);
}

Result<Delivery> TransactionDelivery::run() {
  for (int conflicts = 0;;) {
    auto step = attempt();
    if (step.ok() && *step == Step::kCommitted) return delivery();
    target_.session.abort();
    if (step.ok() && *step != Step::kAgain) return settle(*step);
    if (step.ok()) continue;
    if (step.error().code() != ErrorCode::kWriteConflict) return step.take_error();
    if (++conflicts == kConflictsMax) return Error::of(ErrorCode::kPeerUnreachable, step.error().message());
  }
}

Result<TransactionDelivery::Step> TransactionDelivery::attempt() {
  const ClaimedLineage& lineage = target_.lineage;
  PS_TRY(target_.session.begin());
  PS_TRY(const OwnedDocument reply, target_.session.write(lineage.db, advance_command(lineage.lineage, lineage.fence,
                                                                                      entry_, target_.clock.now())));
  PS_TRY(const bool advanced, has_advanced(target_.client.peer(), reply));
  if (!advanced) return Step::kMarkerMoved;
  const bool only_looks = from_ > 0;
  PS_TRY(const bool written, write_documents());
  if (!written) return Step::kAgain;
  if (only_looks) {
    from_ = 0;
    return Step::kAgain;
  }
  PS_TRY(const bool complete, write_letters());
  if (!complete) return Step::kAgain;
  crash_point("an entry is written, its transaction is open");
  PS_TRY(const Commit commit, target_.session.commit());
  return commit == Commit::kDone ? Step::kCommitted : Step::kUnknown;
}

// False: a document was refused; the transaction is over.
Result<bool> TransactionDelivery::write_documents() {
  for (size_t done = from_; done < pending_.size();) {
    const UpdateCommand command = target_.results.command(entry_.documents, std::span(pending_).subspan(done));
    PS_TRY(const OwnedDocument reply, target_.session.write(target_.results.spec().db, Document(command.bytes.data())));
    const std::vector<WriteError> errors = write_errors_of(reply);
    if (!errors.empty()) {
      PS_TRY(take_out(done + errors[0].position, errors[0]));
      return false;
    }
    done += command.count;
  }
  return true;
}

Result<void> TransactionDelivery::take_out(size_t position, const WriteError& error) {
  if (is_passing_code(error.code)) return busy(target_.client.peer(), error.reason);
  PS_CHECK(position < pending_.size());
  if (!is_sure(position, error)) {
    from_ = 0;
    return {};
  }
  const size_t index = pending_[position].index;
  bool done = false;
  if (target_.results.spec().when_matched == WhenMatched::kFail) {
    target_.session.abort();
    PS_TRY(done, target_.results.is_there(target_.client, entry_.documents[index]));
  }
  if (!done) {
    refused_.push_back({index, error.code, merge_reason(target_.results.spec(), error)});
    letters_.reset();
  }
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(position));
  from_ = position;
  return {};
}

// Whether the document would be refused with those before it written, too: an attempt that began behind them does not
// know when they concern the same stored document, or may have made room in another unique index.
bool TransactionDelivery::is_sure(size_t position, const WriteError& error) const {
  if (from_ == 0) return true;
  const WhenMatched mode = target_.results.spec().when_matched;
  const bool changes_stored = mode != WhenMatched::kFail && mode != WhenMatched::kKeepExisting;
  if (changes_stored && error.code == static_cast<int32_t>(ErrorCode::kDuplicateKey)) return false;
  return std::none_of(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(from_),
                      [&](const PendingWrite& write) { return write.key == pending_[position].key; });
}

Result<void> TransactionDelivery::prepare_letters() {
  Letters letters;
  if (target_.letters != nullptr) letters.documents = entry_.dead_letters;
  if (!refused_.empty()) {
    sort_by_index(refused_);
    PS_TRY(std::vector<OwnedDocument> more, make_letters_(refused_));
    std::move(more.begin(), more.end(), std::back_inserter(letters.documents));
  }
  if (target_.letters == nullptr && !letters.documents.empty()) {
    return Error(ErrorCode::kInternalError, "{} dead letters were given to a sink that takes none",
                 letters.documents.size());
  }
  if (target_.letters != nullptr) {
    PreparedWrites prepared = target_.letters->prepare(letters.documents);
    for (const RefusedDocument& refused : prepared.refused)
      log_lost_letter(target_.log, target_.letters->spec(), refused.reason);
    letters.pending = std::move(prepared.pending);
  }
  letters_ = std::move(letters);
  return {};
}

// False: a letter was refused; the transaction is over.
Result<bool> TransactionDelivery::write_letters() {
  if (!letters_) {
    PS_TRY(prepare_letters());
  }
  std::vector<PendingWrite>& pending = letters_->pending;
  for (size_t done = 0; done < pending.size();) {
    const UpdateCommand command = target_.letters->command(letters_->documents, std::span(pending).subspan(done));
    PS_TRY(const OwnedDocument reply,
           target_.session.write(target_.letters->spec().db, Document(command.bytes.data())));
    const std::vector<WriteError> errors = write_errors_of(reply);
    if (!errors.empty()) {
      if (is_passing_code(errors[0].code)) return busy(target_.client.peer(), errors[0].reason);
      log_lost_letter(target_.log, target_.letters->spec(), errors[0].reason);
      pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(done + errors[0].position));
      return false;
    }
    done += command.count;
  }
  return true;
}

// The transaction is over, and the marker knows more than we do.
Result<Delivery> TransactionDelivery::settle(Step step) {
  PS_TRY(const MarkerVerdict verdict, target_.lineage.judge(target_.client, entry_.seq));
  if (verdict == MarkerVerdict::kGoOn) {
    return busy(target_.client.peer(), "the end of a transaction was not confirmed, and it does not count");
  }
  if (step == Step::kUnknown) return delivery();
  return Delivery{.refused = {}, .repeated = true};
}

Delivery TransactionDelivery::delivery() {
  sort_by_index(refused_);
  return Delivery{.refused = std::move(refused_), .repeated = false};
}

}  // namespace penstock::mongo
