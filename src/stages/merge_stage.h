// SPDX-License-Identifier: Apache-2.0
// $merge: the last stage, documents into a collection (reference pipeline-language 5.1).
// This version takes literal targets and the whenMatched modes below; expressions and "delete" are refused by name.
//
// A pipeline runs on the stored document and sees the incoming one as $$new; the server runs it. What the server checks
// at the first contact (the inside of its stages) is not checked here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

enum class WhenMatched { kMerge, kReplace, kKeepExisting, kFail, kPipeline };
enum class WhenNotMatched { kInsert, kDiscard };

struct MergeSpec {
  std::string connection_name;
  std::string db;
  std::string coll;
  std::vector<std::string> on = {"_id"};  // Match fields, dotted paths allowed; never empty.
  WhenMatched when_matched = WhenMatched::kMerge;
  WhenNotMatched when_not_matched = WhenNotMatched::kInsert;
  OwnedDocument pipeline;  // kPipeline: the array as written; runs on the stored document.
  OwnedDocument let;       // kPipeline: variables for it; unset: {new: "$$ROOT"}, the incoming document.
};

// `spec`: what stands right of "$merge". Error paths are relative to it.
Result<MergeSpec> parse_merge(const Value& spec);
// Why a second delivery of the same documents may change the result; empty: it cannot (reliability 1.4.6, table).
std::optional<std::string> unsafe_to_repeat(const MergeSpec& spec);
// "confluent_cloud.stock_prices on _id, whenMatched merge, whenNotMatched insert"
std::string describe_merge(const MergeSpec& spec);

}  // namespace penstock
