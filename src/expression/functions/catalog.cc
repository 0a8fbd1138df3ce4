// SPDX-License-Identifier: Apache-2.0
// All expression operators: the tables of this folder joined, and the names that are still to come.
#include <algorithm>
#include <vector>

#include "expression/functions/functions.h"

namespace penstock {
namespace {

bool by_name(const Function* a, const Function* b) { return a->name < b->name; }

std::vector<const Function*> joined() {
  std::vector<const Function*> all;
  for (auto table : {arithmetic_functions(), comparison_functions(), conditional_functions(), date_functions(),
                     structural_functions()}) {
    for (const Function& function : table)
      all.push_back(&function);
  }
  std::sort(all.begin(), all.end(), by_name);
  return all;
}

// Operators of the language (reference mql-semantics 18.1) without a row of their own yet. Sorted. An operator that
// gets its row leaves this list; the test sees to it.
constexpr std::string_view kNotYet[] = {
    "$acos",
    "$acosh",
    "$allElementsTrue",
    "$anyElementTrue",
    "$arrayElemAt",
    "$arrayToObject",
    "$asin",
    "$asinh",
    "$atan",
    "$atan2",
    "$atanh",
    "$avg",
    "$binarySize",
    "$bitAnd",
    "$bitNot",
    "$bitOr",
    "$bitXor",
    "$bottom",
    "$bottomN",
    "$bsonSize",
    "$concat",
    "$concatArrays",
    "$convert",
    "$cos",
    "$cosh",
    "$createObjectId",
    "$currentDate",
    "$dateAdd",
    "$dateFromParts",
    "$dateFromString",
    "$dateSubtract",
    "$dateToParts",
    "$dateToString",
    "$dateTrunc",
    "$dayOfMonth",
    "$dayOfWeek",
    "$dayOfYear",
    "$degreesToRadians",
    "$deserializeEJSON",
    "$encStrContains",
    "$encStrEndsWith",
    "$encStrNormalizedEq",
    "$encStrStartsWith",
    "$exp",
    "$filter",
    "$first",
    "$firstN",
    "$function",
    "$getField",
    "$hash",
    "$hexHash",
    "$hour",
    "$in",
    "$indexOfArray",
    "$indexOfBytes",
    "$indexOfCP",
    "$isArray",
    "$isNumber",
    "$isoDayOfWeek",
    "$isoWeek",
    "$isoWeekYear",
    "$last",
    "$lastN",
    "$ln",
    "$log",
    "$log10",
    "$ltrim",
    "$map",
    "$max",
    "$maxN",
    "$median",
    "$mergeObjects",
    "$millisecond",
    "$min",
    "$minN",
    "$minute",
    "$month",
    "$objectToArray",
    "$percentile",
    "$pow",
    "$radiansToDegrees",
    "$rand",
    "$range",
    "$reduce",
    "$regexFind",
    "$regexFindAll",
    "$regexMatch",
    "$replaceAll",
    "$replaceOne",
    "$reverseArray",
    "$rtrim",
    "$second",
    "$serializeEJSON",
    "$setDifference",
    "$setEquals",
    "$setField",
    "$setIntersection",
    "$setIsSubset",
    "$setUnion",
    "$sigmoid",
    "$similarityCosine",
    "$similarityDotProduct",
    "$similarityEuclidean",
    "$sin",
    "$sinh",
    "$size",
    "$slice",
    "$sortArray",
    "$split",
    "$sqrt",
    "$stdDevPop",
    "$stdDevSamp",
    "$strLenBytes",
    "$strLenCP",
    "$strcasecmp",
    "$substr",
    "$substrBytes",
    "$substrCP",
    "$subtype",
    "$sum",
    "$tan",
    "$tanh",
    "$toArray",
    "$toBool",
    "$toDate",
    "$toDecimal",
    "$toDouble",
    "$toHashedIndexKey",
    "$toInt",
    "$toLong",
    "$toLower",
    "$toObject",
    "$toObjectId",
    "$toString",
    "$toUUID",
    "$toUpper",
    "$top",
    "$topN",
    "$trim",
    "$tsIncrement",
    "$tsSecond",
    "$type",
    "$unsetField",
    "$week",
    "$year",
    "$zip",
};

}  // namespace

std::span<const Function* const> all_functions() {
  static const std::vector<const Function*> all = joined();
  return all;
}

const Function* find_function(std::string_view name) {
  const auto all = all_functions();
  const auto at = std::lower_bound(all.begin(), all.end(), name,
                                   [](const Function* function, std::string_view n) { return function->name < n; });
  return at != all.end() && (*at)->name == name ? *at : nullptr;
}

bool is_known_unsupported_function(std::string_view name) {
  return find_function(name) == nullptr && std::binary_search(std::begin(kNotYet), std::end(kNotYet), name);
}

}  // namespace penstock
