// SPDX-License-Identifier: Apache-2.0
#include "stages/window_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "stages/durations.h"

namespace penstock {
namespace {

using Operators = std::vector<std::unique_ptr<Operator>>;

Result<Operators> build_all(const std::vector<NamedStage>& stages, const FieldNeeds* input) {
  Operators operators;
  for (const NamedStage& stage : stages) {
    PS_TRY(std::unique_ptr<Operator> op, stage.spec->build(input));
    operators.push_back(std::move(op));
  }
  return operators;
}

Window window_at(const WindowSettings& settings, EventTime t) {
  const EventTime start = window_start(t, settings.interval, settings.offset);
  return {start, saturating_sum(start, settings.interval)};
}

class TumblingOperator final : public WindowOperator {
 public:
  TumblingOperator(const WindowSettings& settings, Operators before, std::unique_ptr<GroupSpec::Adder> adder,
                   std::shared_ptr<const GroupLayout> layout, bool part_per_partition)
      : settings_(settings),
        before_(std::move(before)),
        adder_(std::move(adder)),
        layout_(std::move(layout)),
        part_per_partition_(part_per_partition) {}

  Result<void> process(RowBatch& batch, PartitionId partition, EvalContext& context, FrontierOfLane& frontier,
                       DeadLetterCollector& dead_letters) override {
    const std::span<Row> rows(batch.rows);
    for (size_t begin = 0; begin < rows.size();) {
      const Run run = next_run(rows, begin);
      // Rows of a run share a window, and nothing between them can seal it: one test a run is exact.
      advance(frontier.observe(rows[begin].seen));
      if (closes_at(run.window) <= frontier.frontier()) {
        reject_late(rows.subspan(begin, run.end - begin), run.window, dead_letters);
      } else {
        PS_TRY(add(rows.subspan(begin, run.end - begin), run.window, partition, context, dead_letters));
      }
      advance(frontier.observe(rows[run.end - 1].seen));
      begin = run.end;
    }
    return {};
  }

  void seal_through(EventTime frontier) override {
    while (!panes_.empty() && closes_at(panes_.begin()->first.window) <= frontier) {
      auto node = panes_.extract(panes_.begin());
      Pane& pane = node.mapped();
      sealed_.push_back({node.key().window, node.key().partition, std::move(pane.part), pane.opened_ns});
    }
    next_close_ = panes_.empty() ? EventTime::highest() : closes_at(panes_.begin()->first.window);
  }

  std::vector<SealedPart> take_sealed() override { return std::exchange(sealed_, {}); }
  bool has_sealed() const override { return !sealed_.empty(); }

  size_t open_windows() const override {
    size_t count = 0;
    const Window* last = nullptr;
    for (const auto& [key, pane] : panes_) {
      if (last == nullptr || *last != key.window) ++count;
      last = &key.window;
    }
    return count;
  }
  std::optional<std::pair<Window, Window>> open_range() const override {
    if (panes_.empty()) return std::nullopt;
    return std::pair(panes_.begin()->first.window, panes_.rbegin()->first.window);
  }
  std::optional<EventTime> next_end() const override {
    if (panes_.empty()) return std::nullopt;
    return panes_.begin()->first.window.end;
  }
  size_t bytes() const override {
    size_t sum = 0;
    for (const auto& [key, pane] : panes_)
      sum += pane.part->bytes();
    for (const SealedPart& sealed : sealed_)
      sum += sealed.part->bytes();
    return sum;
  }

  std::vector<SavedPart> save() const override {
    std::vector<SavedPart> saved;
    for (const auto& [key, pane] : panes_) {
      saved.push_back({key.window, key.partition, {}});
      pane.part->save(saved.back().bytes);
    }
    return saved;
  }
  Result<void> restore(const SavedPart& saved) override {
    auto part = std::make_unique<GroupPart>(layout_);
    PS_TRY(part->restore(saved.bytes));
    auto& present = panes_[{saved.window, saved.partition}].part;
    if (present == nullptr) {
      present = std::move(part);
    } else {
      PS_TRY(present->merge(*part));
    }
    next_close_ = closes_at(panes_.begin()->first.window);
    return {};
  }

 private:
  struct PaneKey {
    Window window;
    uint32_t partition;
    auto operator<=>(const PaneKey&) const = default;
  };
  struct Pane {
    std::unique_ptr<GroupPart> part;
    int64_t opened_ns = -1;
  };
  struct Run {
    Window window;
    size_t end;
  };

  EventTime closes_at(const Window& window) const { return saturating_sum(window.end, settings_.allowed_lateness); }

  void advance(EventTime frontier) {
    if (next_close_ <= frontier) seal_through(frontier);
  }

  Run next_run(std::span<const Row> rows, size_t begin) const {
    Run run{window_at(settings_, rows[begin].window_time), begin + 1};
    const EventTime closes = closes_at(run.window);
    const EventTime seen = rows[begin].seen;
    while (run.end < rows.size()) {
      const Row& row = rows[run.end];
      if (row.window_time < run.window.start || row.window_time >= run.window.end) break;
      if (row.seen >= closes && row.seen > seen) break;  // A record in between may have sealed the window.
      ++run.end;
    }
    return run;
  }

  Result<void> add(std::span<Row> rows, const Window& window, PartitionId partition, EvalContext& context,
                   DeadLetterCollector& dead_letters) {
    GroupPart& part = pane_of({window, part_per_partition_ ? partition.index : 0}, context.clock);
    for (Row& row : rows)
      row.meta.window = &window;
    if (before_.empty()) return adder_->add(rows, partition, part, context, dead_letters);
    scratch_.rows.assign(rows.begin(), rows.end());
    for (const auto& op : before_)
      PS_TRY(op->process(scratch_, context, dead_letters));
    return adder_->add(scratch_.rows, partition, part, context, dead_letters);
  }

  GroupPart& pane_of(const PaneKey& key, const Clock& clock) {
    Pane& pane = panes_[key];
    if (pane.part == nullptr) {
      pane = {std::make_unique<GroupPart>(layout_), clock.monotonic_ns()};
      next_close_ = closes_at(panes_.begin()->first.window);
    }
    return *pane.part;
  }

  void reject_late(std::span<const Row> rows, const Window& window, DeadLetterCollector& dead_letters) {
    for (const Row& row : rows) {
      DeadLetter letter{.operator_name = "GroupOperator", .reason = "Input document arrived late."};
      describe_row(row, letter, dead_letters.wanted());
      letter.missed_window_starts = {window.start};
      dead_letters.add(std::move(letter));
    }
  }

  WindowSettings settings_;
  Operators before_;
  std::unique_ptr<GroupSpec::Adder> adder_;
  std::shared_ptr<const GroupLayout> layout_;
  bool part_per_partition_;
  std::map<PaneKey, Pane> panes_;
  EventTime next_close_ = EventTime::highest();  // Of the earliest pane.
  std::vector<SealedPart> sealed_;
  RowBatch scratch_;
};

class GroupFinisher final : public WindowFinisher {
 public:
  GroupFinisher(const GroupSpec& group, Operators after, std::string_view source_type)
      : group_(group), after_(std::move(after)), source_{.type = source_type, .topic = {}, .partition = 0} {}

  Result<void> finish(std::vector<SealedPart> parts, RowBatch& out, EvalContext& context,
                      DeadLetterCollector& dead_letters) override {
    PS_CHECK(!parts.empty());
    window_ = parts.front().window;
    auto& all = static_cast<GroupPart&>(*parts.front().part);
    for (size_t i = 1; i < parts.size(); ++i) {
      PS_TRY(all.merge(static_cast<const GroupPart&>(*parts[i].part)));
      parts[i].part.reset();
    }
    PS_TRY(group_.results(all, &window_, &source_, out, context, dead_letters));
    for (const auto& op : after_)
      PS_TRY(op->process(out, context, dead_letters));
    return {};
  }

 private:
  const GroupSpec& group_;
  Operators after_;
  Window window_;
  SourceMeta source_;  // Only the type: groups are of many records.
};

class TumblingPlan final : public WindowPlan {
 public:
  TumblingPlan(const WindowSettings& settings, WindowInner inner) : settings_(settings), inner_(std::move(inner)) {}

  WindowBoundary boundary() const override { return settings_.boundary; }
  Duration allowed_lateness() const override { return settings_.allowed_lateness; }
  std::optional<Duration> idle_timeout() const override { return settings_.idle_timeout; }
  Duration interval() const override { return settings_.interval; }
  bool part_per_partition() const override { return inner_.group->order_sensitive(); }

  Window window_of(EventTime time) const override { return window_at(settings_, time); }
  bool reads_slots() const override {
    return std::all_of(inner_.before.begin(), inner_.before.end(),
                       [](const NamedStage& stage) { return stage.spec->reads_slots(); });
  }

  FieldNeeds needs() const override {
    FieldNeeds needs = inner_.group->needs();
    for (auto it = inner_.before.rbegin(); it != inner_.before.rend(); ++it)
      needs = it->spec->needs(needs);
    return needs;
  }

  Result<std::unique_ptr<WindowOperator>> build_operator(const FieldNeeds* input) const override {
    PS_TRY(Operators before, build_all(inner_.before, input));
    PS_TRY(std::unique_ptr<GroupSpec::Adder> adder, inner_.group->build_adder(input));
    return std::unique_ptr<WindowOperator>(std::make_unique<TumblingOperator>(
        settings_, std::move(before), std::move(adder), inner_.group->layout(), inner_.group->order_sensitive()));
  }

  Result<std::unique_ptr<WindowFinisher>> build_finisher() const override {
    PS_TRY(Operators after, build_all(inner_.after, nullptr));
    return std::unique_ptr<WindowFinisher>(
        std::make_unique<GroupFinisher>(*inner_.group, std::move(after), settings_.source_type));
  }

  std::vector<std::string> describe() const override {
    const bool event_time = settings_.boundary == WindowBoundary::kEventTime;
    std::string head = fmt::format("$tumblingWindow {} by {}", duration_text(settings_.interval),
                                   event_time ? "event time" : "processing time");
    if (settings_.offset.ms != 0) head += fmt::format(", offset {}", duration_text(settings_.offset));
    if (event_time) head += fmt::format(", allowedLateness {}", duration_text(settings_.allowed_lateness));
    if (settings_.idle_timeout) head += fmt::format(", idleTimeout {}", duration_text(*settings_.idle_timeout));
    std::vector<std::string> lines{head};
    for (const NamedStage& stage : inner_.before)
      lines.push_back("  " + stage.name + " " + stage.spec->describe());
    lines.push_back("  $group " + inner_.group->describe());
    for (const NamedStage& stage : inner_.after)
      lines.push_back("  " + stage.name + " " + stage.spec->describe());
    return lines;
  }

 private:
  WindowSettings settings_;
  WindowInner inner_;
};

}  // namespace

std::unique_ptr<WindowPlan> make_window_plan(const WindowSettings& settings, WindowInner inner) {
  return std::make_unique<TumblingPlan>(settings, std::move(inner));
}

}  // namespace penstock
