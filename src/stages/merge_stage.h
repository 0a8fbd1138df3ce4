// SPDX-License-Identifier: Apache-2.0
// $merge: the last stage, documents into a collection (reference pipeline-language 5.1).
// This version takes literal targets and the whenMatched modes below; pipelines and expressions are refused by name.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

enum class WhenMatched { kMerge, kReplace, kKeepExisting };
enum class WhenNotMatched { kInsert, kDiscard };

struct MergeSpec {
  std::string connection_name;
  std::string db;
  std::string coll;
  std::vector<std::string> on = {"_id"};  // Match fields, dotted paths allowed; never empty.
  WhenMatched when_matched = WhenMatched::kMerge;
  WhenNotMatched when_not_matched = WhenNotMatched::kInsert;
};

// `spec`: what stands right of "$merge". Error paths are relative to it.
Result<MergeSpec> parse_merge(const Value& spec);
// "confluent_cloud.stock_prices on _id, whenMatched merge, whenNotMatched insert"
std::string describe_merge(const MergeSpec& spec);

}  // namespace penstock
