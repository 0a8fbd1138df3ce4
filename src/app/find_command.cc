// SPDX-License-Identifier: Apache-2.0
// find: prints documents of the embedded store, one JSON line each; also while a run writes to it.
#include <fmt/format.h>

#include <cstdio>

#include "app/commands.h"
#include "app/exit_codes.h"
#include "app/inputs.h"
#include "control/connectors.h"

namespace penstock {
namespace {

Result<OwnedDocument> parse_option(std::string_view name, const std::string& text) {
  if (text.empty()) return OwnedDocument();
  auto parsed = parse_filter(text);
  if (!parsed.ok()) return Error(ErrorCode::kUsage, "{}: {}", name, parsed.error().message());
  return parsed;
}

Result<void> find(const FindCommandOptions& options) {
  const size_t dot = options.collection.find('.');
  if (dot == 0 || dot == std::string::npos || dot + 1 == options.collection.size()) {
    return Error(ErrorCode::kUsage, "name the collection as DB.COLL, found \"{}\"", options.collection);
  }
  FindOptions find;
  PS_TRY(find.filter, parse_option("--filter", options.filter));
  PS_TRY(find.sort, parse_option("--sort", options.sort));
  find.limit = options.limit;
  const SystemClock clock;
  const std::string folder = options.data.empty() ? default_data_folder() : options.data;
  PS_TRY(const std::unique_ptr<DocStore> store, DocStore::open(folder, StoreMode::kReadOnly, clock));
  return store->find(options.collection.substr(0, dot), options.collection.substr(dot + 1), find,
                     [](Document document) -> Result<bool> {
                       fmt::print("{}\n", to_json(document));
                       return true;
                     });
}

}  // namespace

int find_command(const FindCommandOptions& options) {
  const auto found = find(options);
  return found.ok() ? static_cast<int>(kExitOk) : report_error(found.error());
}

}  // namespace penstock
