// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/golden_file.h"

#include <charconv>
#include <map>

#include "bson/iso_date.h"
#include "tests/engine/engine_bed.h"
#include "tests/engine/golden_document.h"

namespace penstock {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kSections[] = {"pipeline", "input", "output", "deadLetters", "plan"};

template <typename... Args>
Error wrong(fmt::format_string<Args...> format, Args&&... args) {
  return Error(ErrorCode::kFailedToParse, format, std::forward<Args>(args)...);
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

struct Sections {
  std::map<std::string, std::string, std::less<>> texts;
  std::string unchanged;
};

Result<Sections> split(std::string_view text) {
  Sections sections;
  std::string* current = nullptr;
  bool written_by_update = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    if (line.starts_with("--- ")) {
      const std::string_view name = trimmed(line.substr(4));
      if (std::find(std::begin(kSections), std::end(kSections), name) == std::end(kSections)) {
        return wrong("there is no section \"{}\"", name);
      }
      if (sections.texts.contains(name)) return wrong("two sections \"{}\"", name);
      current = &sections.texts[std::string(name)];
      written_by_update = written_by_update || (name != "pipeline" && name != "input");
      if (written_by_update) continue;
    } else if (current != nullptr) {
      *current += line;
    }
    if (!written_by_update) sections.unchanged += line;
  }
  for (const std::string_view required : {"pipeline", "input"}) {
    if (!sections.texts.contains(required)) return wrong("no section \"{}\"", required);
  }
  if (trimmed(sections.unchanged).starts_with("---")) return wrong("the file does not begin with what it is for");
  return sections;
}

Result<std::string> definition_text(std::string_view section) {
  const std::string_view text = trimmed(section);
  constexpr std::string_view kFile = "@file ";
  if (text.starts_with(kFile)) return source_file(std::string(trimmed(text.substr(kFile.size()))));
  PS_TRY(const OwnedDocument wrapped, parse_filter(fmt::format("{{pipeline: {}}}", text)));
  const Value pipeline = wrapped.view().get("pipeline");
  if (!pipeline.is_array()) return wrong("the pipeline must be an array");
  const Document stages = pipeline.as_array();
  const std::string json = to_json(pipeline, JsonStyle::kCanonical);
  const bool whole =
      !stages.empty() && stages.begin()->value.is_object() && stages.begin()->value.as_object().has("$source");
  if (!whole) return definition_of(std::string_view(json).substr(1, json.size() - 2));
  return fmt::format(R"({{"name": "golden", "pipeline": {}, "options": {{"dlq": {{"connectionName": "m", "db": "d", )"
                     R"("coll": "dead"}}}}}})",
                     json);
}

class InputParser {
 public:
  InputParser(std::string_view text, GoldenFile& file) : rest_(text), file_(file), time_(at("12:00:00")) {}

  Result<void> parse() {
    while (true) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
      if (rest_.empty()) return {};
      if (file_.ends) return wrong("@end must be the last: {}", rest_.substr(0, 40));
      if (rest_[0] == '@') {
        PS_TRY(parse_directive());
      } else {
        PS_TRY(parse_record());
      }
    }
  }

 private:
  std::string_view word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find_first_of(kBlanks));
    rest_.remove_prefix(word.size());
    return word;
  }

  Result<EventTime> parse_time(std::string_view text) {
    const bool only_time = text.size() > 2 && text[2] == ':';
    const auto time = iso_date_from_text(only_time ? fmt::format("2026-01-01T{}Z", text) : std::string(text));
    if (!time) return wrong("\"{}\" is no time", text);
    time_ = *time;
    return time_;
  }

  void add_record(MemoryRecord record) {
    file_.steps.push_back(
        {.kind = GoldenStep::Kind::kRecord, .partition = partition_, .record = std::move(record), .time = {}});
  }

  Result<void> parse_directive() {
    const std::string_view name = word();
    if (name == "@checkpoint" || name == "@crash") return wrong("{} is not supported by this version yet", name);
    if (name == "@idle") {
      file_.steps.push_back({.kind = GoldenStep::Kind::kIdle, .record = {}, .time = {}});
    } else if (name == "@end") {
      file_.ends = true;
    } else if (name == "@partition") {
      return parse_partition(word());
    } else if (name == "@watermark") {
      PS_TRY(const EventTime time, parse_time(word()));
      file_.steps.push_back({.kind = GoldenStep::Kind::kWatermark, .record = {}, .time = time});
      file_.heartbeats = true;
    } else if (name == "@null") {
      PS_TRY(const EventTime time, parse_time(word()));
      add_record({.value = {}, .time = time, .is_null = true, .key = {}});
    } else if (name == "@raw") {
      return parse_raw();
    } else {
      return wrong("there is no directive {}", name);
    }
    return {};
  }

  Result<void> parse_partition(std::string_view text) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), partition_);
    if (parsed.ec != std::errc() || partition_ > 100) return wrong("@partition needs a number up to 100");
    file_.partitions = std::max(file_.partitions, partition_ + 1);
    return {};
  }

  Result<void> parse_raw() {
    PS_TRY(const EventTime time, parse_time(word()));
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"')
      end += rest_[end] == '\\' ? 2 : 1;
    if (rest_.empty() || rest_[0] != '"' || end >= rest_.size()) return wrong("@raw needs a JSON string");
    PS_TRY(const OwnedDocument bytes, parse_filter(fmt::format("{{b: {}}}", rest_.substr(0, end + 1))));
    rest_.remove_prefix(end + 1);
    add_record({.value = std::string(bytes.view().get("b").as_string()), .time = time, .key = {}});
    return {};
  }

  Result<void> parse_record() {
    const std::string_view text = cut_bracketed(rest_);
    if (text.empty()) return wrong("expected a document or a directive at: {}", rest_.substr(0, 40));
    rest_.remove_prefix(text.size());
    PS_TRY(const OwnedDocument document, parse_filter(text));
    DocumentBuilder body;
    for (const Element& element : document.view()) {
      if (element.name != "ts") {
        body.append(element.name, element.value);
        continue;
      }
      if (!element.value.is_string()) return wrong("ts must be a text, such as \"12:00:01\"");
      PS_TRY(parse_time(element.value.as_string()));
    }
    add_record({.value = to_json(body.finish()), .time = time_, .key = {}});
    return {};
  }

  std::string_view rest_;
  GoldenFile& file_;
  EventTime time_;
  uint32_t partition_ = 0;
};

}  // namespace

Result<GoldenFile> parse_golden(std::string_view text) {
  PS_TRY(Sections sections, split(text));
  GoldenFile file;
  file.unchanged = std::move(sections.unchanged);
  PS_TRY(file.definition, definition_text(sections.texts["pipeline"]));
  PS_TRY(InputParser(sections.texts["input"], file).parse());
  PS_TRY(file.output, parse_golden_documents(sections.texts["output"]));
  PS_TRY(file.dead_letters, parse_golden_documents(sections.texts["deadLetters"]));
  if (const auto plan = sections.texts.find("plan"); plan != sections.texts.end()) {
    file.plan = std::string(trimmed(plan->second)) + "\n";
  }
  for (const GoldenStep& step : file.steps) {
    if (step.kind == GoldenStep::Kind::kIdle && file.ends) return wrong("@idle and @end cannot stand in one file");
  }
  return file;
}

}  // namespace penstock
