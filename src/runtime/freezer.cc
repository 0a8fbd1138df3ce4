// SPDX-License-Identifier: Apache-2.0
#include "runtime/freezer.h"

#include <algorithm>

namespace penstock {
namespace {

// What one transaction of a sink may hold (reliability 1.4.6): MongoDB ends one after 60 s and dislikes large ones.
constexpr size_t kEntryDocumentsMax = 1000;
constexpr size_t kEntryBytesMax = 10 * 1024 * 1024;

// The document with its `_id` first; `id` is used when it has none.
OwnedDocument with_id(Document document, const ObjectId& id) {
  if (document.has("_id")) return OwnedDocument(document);
  DocumentBuilder builder;
  builder.append("_id", Value::object_id(&id));
  builder.append_all(document);
  return OwnedDocument(builder.take());
}

uint64_t bytes_of(const RowBatch& batch) {
  uint64_t sum = 0;
  for (const Row& row : batch.rows)
    sum += row.root.bytes().size();
  return sum;
}

// When the first row of a window came; -1 when some of it was restored.
int64_t opened(std::span<const SealedPart> parts) {
  int64_t earliest = parts.front().opened_ns;
  for (const SealedPart& part : parts)
    earliest = std::min(earliest, part.opened_ns);
  return earliest;
}

}  // namespace

Freezer::Freezer(const ProcessorPlan& plan, const RunSettings& settings, const Clock& clock, Random& random,
                 uint64_t last_seq, SampleTaps* taps)
    : plan_(plan),
      clock_(clock),
      ids_(settings.clock == ClockMode::kRecord, plan.definition_hash, clock, random),
      context_{.arena = rows_.arena, .clock = clock},
      letter_documents_(plan.name, plan.workspace),
      taps_(taps),
      meter_(1 + plan.after.size(), clock),
      seq_(last_seq) {}

Result<std::unique_ptr<Freezer>> Freezer::make(const ProcessorPlan& plan, const RunSettings& settings,
                                               const Clock& clock, Random& random, uint64_t last_seq,
                                               SampleTaps* taps) {
  std::unique_ptr<Freezer> freezer(new Freezer(plan, settings, clock, random, last_seq, taps));
  if (plan.window) {
    PS_TRY(freezer->finisher_, plan.window->build_finisher());
  }
  for (const PlannedStage& stage : plan.after) {
    PS_TRY(std::unique_ptr<Operator> op, stage.spec->build(nullptr));
    freezer->after_.push_back(std::move(op));
  }
  return freezer;
}

void Freezer::add(DeadLetter letter) {
  ++dead_letters_made_;
  const bool kept = wanted();
  meter_.dead_letter(!kept ? 0 : letter.has_raw ? letter.raw.size() : letter.document.bytes().size());
  if (kept) letters_.push_back(std::move(letter));
}

Result<std::vector<FrozenEntry>> Freezer::freeze(std::vector<SealedPart> sealed, std::vector<LaneOutput> outputs,
                                                 std::vector<DeadLetter> dead_letters, const OwnedDocument& cut) {
  entries_.clear();
  letters_ = std::move(dead_letters);
  sampling_ = taps_ != nullptr && taps_->listening();
  PS_TRY(finish_windows(std::move(sealed)));
  freeze_outputs(std::move(outputs));
  freeze_letters();
  std::vector<FrozenEntry> frozen;
  const EventTime now = clock_.now();
  for (std::shared_ptr<OutboxEntry>& entry : entries_) {
    entry->seq = ++seq_;
    entry->cut = cut;
    entry->frozen_at = now;
    frozen.push_back(std::move(entry));
  }
  entries_.clear();
  return frozen;
}

OutboxEntry& Freezer::entry_with_room(size_t bytes) {
  const bool room = !entries_.empty() && entry_bytes_ + bytes <= kEntryBytesMax &&
                    entries_.back()->documents.size() + entries_.back()->dead_letters.size() < kEntryDocumentsMax;
  if (!room) {
    entries_.push_back(std::make_shared<OutboxEntry>());
    entry_bytes_ = 0;
  }
  entry_bytes_ += bytes;
  return *entries_.back();
}

// The document as it leaves the last stage; in the entry it has an `_id`.
void Freezer::add_document(Document document, const ObjectId& id) {
  if (sampling_) offer(document);
  OwnedDocument frozen = with_id(document, id);
  entry_with_room(frozen.bytes().size()).documents.push_back(std::move(frozen));
}

// When nobody has room any more the rest of the freeze is not shown.
void Freezer::offer(Document sample) { sampling_ = taps_->offer(sample); }

void Freezer::freeze_letters() {
  for (const DeadLetter& letter : letters_) {
    if (sampling_) offer(letter_documents_.make_sample(letter, clock_.now()));
    if (!plan_.dead_letter_queue) continue;
    OwnedDocument document = letter_documents_.make(letter, ids_.fresh(), clock_.now());
    entry_with_room(document.bytes().size()).dead_letters.push_back(std::move(document));
  }
  letters_.clear();
}

Result<void> Freezer::finish_windows(std::vector<SealedPart> sealed) {
  // Lanes give their parts in any order; stable: parts of one partition stay as the lane gave them.
  std::stable_sort(sealed.begin(), sealed.end(), [](const SealedPart& a, const SealedPart& b) {
    return std::pair(a.window, a.partition) < std::pair(b.window, b.partition);
  });
  for (size_t begin = 0; begin < sealed.size();) {
    size_t end = begin + 1;
    while (end < sealed.size() && sealed[end].window == sealed[begin].window)
      ++end;
    std::vector<SealedPart> parts(std::make_move_iterator(sealed.begin() + static_cast<std::ptrdiff_t>(begin)),
                                  std::make_move_iterator(sealed.begin() + static_cast<std::ptrdiff_t>(end)));
    PS_TRY(finish_window(std::move(parts)));
    begin = end;
  }
  return {};
}

Result<void> Freezer::finish_window(std::vector<SealedPart> parts) {
  const Window window = parts.front().window;
  const int64_t opened_ns = opened(parts);
  rows_.clear();
  meter_.begin(1);
  PS_TRY(finisher_->finish(std::move(parts), rows_, context_, *this));
  meter_.passed(rows_.rows.size(), bytes_of(rows_));
  for (const auto& op : after_) {
    PS_TRY(op->process(rows_, context_, *this));
    meter_.passed(rows_.rows.size(), bytes_of(rows_));
  }
  uint64_t ordinal = 0;
  for (const Row& row : rows_.rows)
    add_document(row.root.as_object(), ids_.of_window(window, ordinal++));
  if (opened_ns >= 0 && ordinal > 0) reads_.push_back({opened_ns, ordinal});
  ++windows_closed_;
  return {};
}

void Freezer::freeze_outputs(std::vector<LaneOutput> outputs) {
  std::stable_sort(outputs.begin(), outputs.end(), [](const LaneOutput& a, const LaneOutput& b) {
    return std::pair(a.partition, a.offset) < std::pair(b.partition, b.offset);
  });
  for (const LaneOutput& output : outputs)
    add_document(output.document, ids_.of_record(output.partition, output.offset, output.time));
}

}  // namespace penstock
