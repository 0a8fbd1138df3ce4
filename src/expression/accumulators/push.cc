// SPDX-License-Identifier: Apache-2.0
// $push and $addToSet: lists of values; missing is skipped, null kept (reference mql-semantics 13.2). The state is a
// pointer to the list, null while it is empty. A set keeps the first of equal values, in the order they came.
#include <memory>
#include <unordered_set>

#include "bson/compare.h"
#include "expression/accumulators/accumulators.h"

namespace penstock {
namespace {

// No list of this size fits a document; it keeps BSON's 32-bit sizes from overflowing where no memory limit is set.
constexpr size_t kListBytesMax = size_t{1} << 29;
// What the set's table needs for an element beside the key's bytes, about.
constexpr int64_t kTableEntryBytes = 64;

struct List {
  DocumentBuilder items;  // The array as it will come out.
  uint32_t count = 0;
  bool is_set = false;
  std::unordered_set<std::string> keys;  // Equality keys of the items, for a set.

  // The array so far; the builder goes on.
  Document finish_in(Arena& arena) const {
    DocumentBuilder copy = items;
    return copy.finish_in(arena);
  }
};

List*& as_list(void* state) { return *static_cast<List**>(state); }
const List* as_list(const void* state) { return *static_cast<List* const*>(state); }

void init(void* state) { new (state) List*(nullptr); }

void destroy(void* state) {
  delete as_list(state);
  as_list(state) = nullptr;
}

// Empty when the set has the value already, else by how much the table grew.
std::optional<int64_t> insert_key(List& list, const Value& value) {
  std::string key;
  append_equality_key(value, key);
  const int64_t bytes = static_cast<int64_t>(key.size()) + kTableEntryBytes;
  if (!list.keys.insert(std::move(key)).second) return std::nullopt;
  return bytes;
}

Result<int64_t> append(List& list, const Value& value) {
  int64_t grown = 0;
  if (list.is_set) {
    const auto key_bytes = insert_key(list, value);
    if (!key_bytes) return 0;
    grown = *key_bytes;
  }
  const size_t before = list.items.size();
  if (before + value.bytes().size() > kListBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "the array of a group has grown to {} bytes", before);
  }
  char scratch[12];
  list.items.append(index_name(list.count, scratch), value);
  ++list.count;
  return grown + static_cast<int64_t>(list.items.size() - before);
}

template <bool is_set>
Result<int64_t> add(void* state, const Value& value) {
  if (value.is_missing()) return 0;
  int64_t grown = 0;
  if (as_list(state) == nullptr) {
    as_list(state) = new List;
    as_list(state)->is_set = is_set;
    grown = sizeof(List);
  }
  PS_TRY(const int64_t more, append(*as_list(state), value));
  return grown + more;
}

template <bool is_set>
Result<int64_t> merge(void* state, const void* other) {
  if (as_list(other) == nullptr) return 0;
  Arena arena;
  int64_t grown = 0;
  for (const Element& element : as_list(other)->finish_in(arena)) {
    PS_TRY(const int64_t more, add<is_set>(state, element.value));
    grown += more;
  }
  return grown;
}

void save(const void* state, std::string& to) {
  Arena arena;
  to.append(as_list(state) == nullptr ? Document().bytes() : as_list(state)->finish_in(arena).bytes());
}

template <bool is_set>
Result<void> restore(void* state, std::string_view& from) {
  std::string_view rest = from;
  PS_TRY(const Document saved, restore_document(rest));
  for (const Element& element : saved)
    PS_TRY(add<is_set>(state, element.value));
  from = rest;
  return {};
}

Result<Value> result(const void* state, Arena& arena) {
  if (as_list(state) == nullptr) return Value::array(Document());
  const Document array = as_list(state)->finish_in(arena);
  if (array.size() > kDocumentBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "the array of a group has {} bytes, a document holds at most {}",
                 array.size(), kDocumentBytesMax);
  }
  return Value::array(array);
}

constexpr Example kAddToSetExamples[] = {
    {R"({$addToSet: "$x"})", R"({x: 1} {x: "a"} {x: 1.0} {})", R"([1, "a"])"},
    {R"({$addToSet: "$x"})", R"({})", "[]"},
};
constexpr Example kPushExamples[] = {
    {R"({$push: "$x"})", R"({x: 1} {} {x: null})", "[1, null]"},
    {R"({$push: {k: "$k", x: "$x"}})", R"({k: "a", x: 1} {k: "b"})", R"([{k: "a", x: 1}, {k: "b"}])"},
};

constexpr Accumulator kPushAccumulators[] = {
    {.name = "$addToSet",
     .summary = "The distinct values of the group; a missing one is skipped.",
     .state_size = sizeof(List*),
     .order_sensitive = true,
     .init = init,
     .add = add<true>,
     .merge = merge<true>,
     .save = save,
     .restore = restore<true>,
     .result = result,
     .destroy = destroy,
     .examples = kAddToSetExamples},
    {.name = "$push",
     .summary = "All values of the group in the order they came; a missing one is skipped.",
     .state_size = sizeof(List*),
     .order_sensitive = true,
     .init = init,
     .add = add<false>,
     .merge = merge<false>,
     .save = save,
     .restore = restore<false>,
     .result = result,
     .destroy = destroy,
     .examples = kPushExamples},
};

}  // namespace

std::span<const Accumulator> push_accumulators() { return kPushAccumulators; }

}  // namespace penstock
