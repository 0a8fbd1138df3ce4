// SPDX-License-Identifier: Apache-2.0
// Writes the pages of docs/reference that follow from the catalogs: what the engine knows is what the pages say.
//   reference_pages FOLDER      functions.md, accumulators.md, stages.md, connectors.md, settings.md
// scripts/reference calls it and adds commands.md.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "app/settings.h"
#include "base/check.h"
#include "control/connectors.h"
#include "expression/accumulator.h"
#include "expression/function.h"
#include "stages/catalog.h"

namespace penstock {
namespace {

constexpr std::string_view kGenerated = "<!-- Made by scripts/reference from the catalogs; changes go there. -->\n\n";

// `text` as code in a cell of a table.
std::string code(std::string_view text) {
  PS_CHECK(text.find('`') == std::string_view::npos && text.find('\n') == std::string_view::npos);
  if (text.empty()) return "";
  std::string cell = "`";
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell + "`";
}

std::string page_head(std::string_view title, std::string_view introduction) {
  return fmt::format("{}# {}\n\n{}\n\n", kGenerated, title, introduction);
}

std::string section_head(std::string_view name, std::string_view summary) {
  return fmt::format("## `{}`\n\n{}\n\n", name, summary);
}

std::string examples_table(std::span<const Example> examples, std::string_view expression, std::string_view document) {
  if (examples.empty()) return "";
  std::string table = fmt::format("| {} | {} | result |\n|---|---|---|\n", expression, document);
  for (const Example& example : examples) {
    table += fmt::format("| {} | {} | {} |\n", code(example.expression), code(example.document), code(example.result));
  }
  return table + "\n";
}

std::string arguments_text(const Arity& arity) {
  const auto plural = [](int n) { return n == 1 ? "" : "s"; };
  if (arity.most == Arity::at_least(0).most) {
    if (arity.least == 0) return "Takes any number of arguments.";
    return fmt::format("Takes {} argument{} or more.", arity.least, plural(arity.least));
  }
  if (arity.least == arity.most) return fmt::format("Takes {} argument{}.", arity.least, plural(arity.least));
  return fmt::format("Takes {} to {} arguments.", arity.least, arity.most);
}

std::string functions_page() {
  std::string page = page_head(
      "Functions",
      "The operators that can stand in an expression: in `$project`, `$addFields`, `$set`, `$replaceRoot`,\n"
      "`$replaceWith`, in the key and the accumulators of `$group`, and in `$match` below `$expr`.\n\n"
      "Each example is also a test: the expression, evaluated on the document, gives the result. `missing` is no value "
      "at\nall, `error 16020` an error with that code. An operator of the aggregation language that is not on this "
      "page "
      "is\nrefused by name when the definition is checked.");
  for (const Function* function : all_functions()) {
    page += section_head(function->name, function->summary);
    page += arguments_text(function->arity) + "\n\n";
    page += examples_table(function->examples, "expression", "document");
  }
  return page;
}

std::string accumulators_page() {
  std::string page = page_head(
      "Accumulators",
      "What a field of `$group` can be: `{$group: {_id: \"$symbol\", trades: {$count: {}}, total: {$sum: "
      "\"$quantity\"}}}`.\n\n"
      "Each example is also a test: the accumulator, given the documents one after the other, gives the result. An\n"
      "accumulator of the aggregation language that is not on this page is refused by name when the definition is "
      "checked.");
  for (const Accumulator* accumulator : all_accumulators()) {
    page += section_head(accumulator->name, accumulator->summary);
    if (!accumulator->takes_argument) page += fmt::format("Takes no argument: `{}: {{}}`.\n\n", accumulator->name);
    if (accumulator->order_sensitive) page += "The order of the documents counts: by partition, then by offset.\n\n";
    page += examples_table(accumulator->examples, "accumulator", "documents");
  }
  return page;
}

std::string_view place_of(StageKind kind) {
  switch (kind) {
    case StageKind::kSource: return "The first stage of a pipeline; there is exactly one.";
    case StageKind::kTransform: return "Anywhere between source and sink, inside a window and outside.";
    case StageKind::kWindow: return "Between source and sink, at most one in a pipeline.";
    case StageKind::kMerging: return "Inside a window only; a window holds exactly one.";
    case StageKind::kSink: return "The last stage of a pipeline; there is exactly one.";
  }
  PS_CHECK(false);
  return {};
}

std::string stages_page() {
  std::string page = page_head(
      "Stages",
      "What a pipeline can hold. The options of `$source`, `$tumblingWindow`, `$group` and `$merge` are in\n"
      "[Definitions and connections](../guide/definitions.md).\n\n"
      "Each example is also a test: the stage turns the document into the result. `missing`: no document leaves the "
      "stage.\n`error 15959`: an error with that code, of the definition when it is checked or of the document, which "
      "becomes a dead\nletter. A stage of the language that is not on this page is refused by name when the definition "
      "is checked.");
  for (const StageType& stage : all_stages()) {
    page += section_head(stage.name, stage.summary);
    page += fmt::format("Place: {}\n\n", place_of(stage.kind));
    page += examples_table(stage.examples, "stage", "document");
  }
  return page;
}

std::string use_of(const ConnectorType& type) {
  if (type.check == nullptr) return "not supported yet";
  if (type.source && type.sink) return "source, sink";
  if (type.source) return "source";
  return type.sink ? "sink, dead letter queue" : "";
}

std::string connectors_page() {
  std::string page = page_head(
      "Connectors",
      "The `type` of a connection. A type that is not supported yet may stand in a connections file; a definition that "
      "uses\nit is refused by name. The fields of Kafka and Cluster connections are in\n"
      "[Definitions and connections](../guide/definitions.md).");
  page += "| type | what it is | use |\n|---|---|---|\n";
  for (const ConnectorType& type : connector_catalog()) {
    page += fmt::format("| {} | {} | {} |\n", code(type.type), type.summary, use_of(type));
  }
  return page;
}

std::string settings_page() {
  std::string page = page_head("Settings",
                               "What `penstock serve` can be told: by a file (`--config penstock.toml`), by the "
                               "environment, by flags. Flags win "
                               "over the\nenvironment, the environment over the file. How to write it: [The "
                               "server](../guide/serve.md#settings).");
  std::string_view section;
  for (const Setting& row : setting_catalog()) {
    if (row.section != section) {
      page += fmt::format(
          "{}## `[{}]`\n\n| name | environment, flag | what may be written | default | example | what it "
          "is |\n|---|---|---|---|---|---|\n",
          section.empty() ? "" : "\n", row.section);
      section = row.section;
    }
    const std::string flag = row.flag.empty() ? "" : ", " + code(row.flag);
    page += fmt::format("| {} | {}{} | {} | {} | {} | {}{} |\n", code(row.name), code(environment_name(row)), flag,
                        row.type, code(row.default_text), code(row.example), row.summary,
                        row.secret ? " Secret: no message shows it." : "");
  }
  return page;
}

// A page ends with one newline.
bool write_page(const std::string& folder, const char* name, std::string page) {
  while (page.ends_with("\n\n"))
    page.pop_back();
  std::ofstream file(folder + "/" + name, std::ios::binary | std::ios::trunc);
  file << page;
  file.close();
  if (!file) fmt::print(stderr, "reference_pages: cannot write {}/{}\n", folder, name);
  return static_cast<bool>(file);
}

bool write_pages(const std::string& folder) {
  return write_page(folder, "functions.md", functions_page()) &&
         write_page(folder, "accumulators.md", accumulators_page()) && write_page(folder, "stages.md", stages_page()) &&
         write_page(folder, "connectors.md", connectors_page()) && write_page(folder, "settings.md", settings_page());
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: reference_pages FOLDER\n");
    return 2;
  }
  return penstock::write_pages(argv[1]) ? 0 : 1;
}
