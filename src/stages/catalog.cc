// SPDX-License-Identifier: Apache-2.0
#include "stages/catalog.h"

#include <algorithm>
#include <iterator>

namespace penstock {
namespace {

constexpr Example kAddFieldsExamples[] = {
    {R"({$addFields: {value: {$multiply: ["$price", "$quantity"]}}})", R"({_id: 1, price: 4, quantity: 3})",
     R"({_id: 1, price: 4, quantity: 3, value: 12})"},
    {R"({$addFields: {a: 7, "b.c": "$a"}})", R"({a: 1, b: [{d: 2}, 3], e: 5})",
     R"({a: 7, b: [{d: 2, c: 1}, {c: 1}], e: 5})"},
    {R"({$addFields: {a: "$nothing"}})", R"({a: 1, b: 2})", R"({b: 2})"},
    {R"({$addFields: {a: 1, "a.b": 2}})", R"({})", "error 40176"},
};
constexpr Example kMatchExamples[] = {
    {R"({$match: {price: {$gt: 100}}})", R"({_id: 1, price: 120})", R"({_id: 1, price: 120})"},
    {R"({$match: {price: {$gt: 100}}})", R"({_id: 1, price: 80})", "missing"},
    {R"({$match: 1})", R"({})", "error 15959"},
};
constexpr Example kProjectExamples[] = {
    {R"({$project: {a: 1}})", R"({_id: 1, a: 2, b: 3})", R"({_id: 1, a: 2})"},
    {R"({$project: {a: 0}})", R"({_id: 1, a: 2, b: 3})", R"({_id: 1, b: 3})"},
    {R"({$project: {_id: 0, sum: {$add: ["$a", "$b"]}, b: 1}})", R"({_id: 1, a: 2, b: 3})", R"({b: 3, sum: 5})"},
    {R"({$project: {a: 1, b: 0}})", R"({})", "error 31254"},
};
constexpr Example kReplaceRootExamples[] = {
    {R"({$replaceRoot: {newRoot: "$a"}})", R"({_id: 1, a: {b: 2}})", R"({b: 2})"},
    {R"({$replaceRoot: {newRoot: "$a"}})", R"({_id: 1, a: 5})", "error 40228"},
};
constexpr Example kReplaceWithExamples[] = {
    {R"({$replaceWith: {id: "$_id", all: "$$ROOT"}})", R"({_id: 1, a: 2})", R"({id: 1, all: {_id: 1, a: 2}})"},
};
constexpr Example kSetExamples[] = {
    {R"({$set: {side: {$cond: [{$gt: ["$quantity", 0]}, "buy", "sell"]}}})", R"({_id: 1, quantity: -3})",
     R"({_id: 1, quantity: -3, side: "sell"})"},
};
constexpr Example kUnsetExamples[] = {
    {R"({$unset: "a"})", R"({_id: 1, a: 2, b: 3})", R"({_id: 1, b: 3})"},
    {R"({$unset: ["a", "b.c"]})", R"({a: 2, b: [{c: 1, d: 2}, 3]})", R"({b: [{d: 2}, 3]})"},
};

constexpr StageType kStages[] = {
    {.name = "$addFields",
     .kind = StageKind::kTransform,
     .summary = "Adds fields to each document or replaces them; the others stay.",
     .parse = parse_add_fields_stage,
     .examples = kAddFieldsExamples},
    {.name = "$group",
     .kind = StageKind::kMerging,
     .summary = "Groups the documents of a window by a key and reduces each group with accumulators."},
    {.name = "$match",
     .kind = StageKind::kTransform,
     .summary = "Lets documents pass that fulfil a filter.",
     .parse = parse_match_stage,
     .examples = kMatchExamples},
    {.name = "$merge", .kind = StageKind::kSink, .summary = "Writes the documents into a MongoDB collection."},
    {.name = "$project",
     .kind = StageKind::kTransform,
     .summary = "Chooses the fields of each document, leaves fields out, computes new ones.",
     .parse = parse_project_stage,
     .examples = kProjectExamples},
    {.name = "$replaceRoot",
     .kind = StageKind::kTransform,
     .summary = "Replaces each document by an object computed from it.",
     .parse = parse_replace_root_stage,
     .examples = kReplaceRootExamples},
    {.name = "$replaceWith",
     .kind = StageKind::kTransform,
     .summary = "Replaces each document by an object computed from it; short form of $replaceRoot.",
     .parse = parse_replace_with_stage,
     .examples = kReplaceWithExamples},
    {.name = "$set",
     .kind = StageKind::kTransform,
     .summary = "Adds fields to each document or replaces them; another name of $addFields.",
     .parse = parse_set_stage,
     .examples = kSetExamples},
    {.name = "$source", .kind = StageKind::kSource, .summary = "Reads the records of Kafka topics."},
    {.name = "$tumblingWindow",
     .kind = StageKind::kWindow,
     .summary = "Collects documents in windows of fixed length that follow each other without overlap."},
    {.name = "$unset",
     .kind = StageKind::kTransform,
     .summary = "Leaves fields out of each document.",
     .parse = parse_unset_stage,
     .examples = kUnsetExamples},
};

constexpr std::string_view kUnsupported[] = {
    "$cachedLookup",  "$count", "$emit",     "$externalFunction", "$hoppingWindow", "$https",
    "$iceberg",       "$limit", "$lookup",   "$redact",           "$rerank",        "$sessionWindow",
    "$setStreamMeta", "$sort",  "$throttle", "$unwind",           "$validate",      "$vectorSearch",
};

}  // namespace

std::span<const StageType> all_stages() { return kStages; }

const StageType* find_stage(std::string_view name) {
  const auto* found = std::lower_bound(std::begin(kStages), std::end(kStages), name,
                                       [](const StageType& stage, std::string_view n) { return stage.name < n; });
  return found != std::end(kStages) && found->name == name ? found : nullptr;
}

bool is_known_unsupported_stage(std::string_view name) {
  return std::binary_search(std::begin(kUnsupported), std::end(kUnsupported), name);
}

}  // namespace penstock
