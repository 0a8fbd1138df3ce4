// SPDX-License-Identifier: Apache-2.0
#include "docstore/index_keys.h"

#include <algorithm>
#include <span>

#include "bson/compare.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

using Parts = std::vector<std::string_view>;

Parts split(std::string_view path) {
  Parts parts;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    parts.push_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  return parts;
}

bool is_number(std::string_view part) {
  return !part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string_view::npos;
}

// How far one path of the index has come.
struct Walk {
  Value value;
  std::span<const std::string_view> rest;
  std::string_view field;  // The last name on the way.
  bool at_end = false;
};

class KeyMaker {
 public:
  KeyMaker(const store::IndexRecord& index, std::vector<IndexKey>& keys) : index_(index), keys_(keys) {}

  Result<void> make(std::vector<Walk> walks) {
    const Walk* in_array = nullptr;
    for (Walk& walk : walks) {
      if (walk.at_end) continue;
      advance(walk);
      if (walk.at_end) continue;
      if (in_array != nullptr && in_array->value.bytes().data() != walk.value.bytes().data()) {
        return Error(ErrorCode{171}, "cannot index parallel arrays [{}] [{}]", walk.field, in_array->field);
      }
      if (in_array == nullptr) in_array = &walk;
    }
    if (in_array == nullptr) {
      emit(walks);
      return {};
    }
    const Document array = in_array->value.as_array();
    if (array.empty()) return make(into(walks, nullptr));
    for (const Element& element : array)
      PS_TRY(make(into(walks, &element.value)));
    return {};
  }

 private:
  // To the end of the path or to an array.
  static void advance(Walk& walk) {
    while (!walk.rest.empty()) {
      if (walk.value.is_array()) {
        if (!is_number(walk.rest.front())) return;
        const Value element = walk.value.as_array().get(walk.rest.front());
        if (element.is_missing()) return;
        walk.value = element;
      } else {
        walk.value = walk.value.is_object() ? walk.value.as_object().get(walk.rest.front()) : Value::missing();
      }
      walk.field = walk.rest.front();
      walk.rest = walk.rest.subspan(1);
    }
    walk.at_end = !walk.value.is_array();
  }

  // The walks that stand at the array go on with its `element`; null: the array is empty.
  static std::vector<Walk> into(std::vector<Walk> walks, const Value* element) {
    for (Walk& walk : walks) {
      if (walk.at_end) continue;
      walk.at_end = walk.rest.empty() || element == nullptr || !element->is_object();
      if (!walk.rest.empty() && walk.at_end) {
        walk.value = Value::missing();
      } else {
        walk.value = element == nullptr ? Value::undefined() : *element;
      }
    }
    return walks;
  }

  void emit(const std::vector<Walk>& walks) {
    const auto missing = [](const Walk& walk) { return walk.value.is_missing(); };
    if (index_.sparse && std::all_of(walks.begin(), walks.end(), missing)) return;
    IndexKey key;
    for (const Walk& walk : walks) {
      key.values.push_back(walk.value.is_missing() ? Value::null() : walk.value);
      append_equality_key(key.values.back(), key.bytes);
    }
    keys_.push_back(std::move(key));
  }

  const store::IndexRecord& index_;
  std::vector<IndexKey>& keys_;
};

constexpr size_t kTextMax = 160;  // A longer one is cut to
constexpr size_t kTextKept = 150;

void append_shortened(std::string_view name, const Value& value, DocumentBuilder& to) {
  if (value.is_string() && value.as_string().size() > kTextMax) {
    const std::string text = std::string(value.as_string().substr(0, kTextKept)) + "...";
    return to.append(name, Value::string(text));
  }
  if (!value.is_object() && !value.is_array()) return to.append(name, value);
  const size_t mark = value.is_object() ? to.begin_object(name) : to.begin_array(name);
  for (const Element& element : value.as_container())
    append_shortened(element.name, element.value, to);
  to.end(mark);
}

// As mongod prints a value within a key: long texts in it are cut one by one.
std::string key_text(const Value& value) {
  DocumentBuilder builder;
  append_shortened("", value, builder);
  const OwnedDocument holder(builder.take());
  return to_text(holder.view().get(""), kDocumentBytesMax);
}

}  // namespace

Result<std::vector<IndexKey>> index_keys(Document document, const store::IndexRecord& index) {
  std::vector<IndexKey> keys;
  if (index.id == 0) {
    const Value id = document.get("_id");
    keys.push_back({id_key(id), {id}});
    return keys;
  }
  std::vector<Parts> paths;
  for (const std::string& path : index.paths)
    paths.push_back(split(path));
  std::vector<Walk> walks;
  for (const Parts& parts : paths)
    walks.push_back({Value::object(document), parts, {}, false});
  PS_TRY(KeyMaker(index, keys).make(std::move(walks)));
  std::sort(keys.begin(), keys.end(), [](const IndexKey& a, const IndexKey& b) { return a.bytes < b.bytes; });
  const auto same = [](const IndexKey& a, const IndexKey& b) { return a.bytes == b.bytes; };
  keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
  return keys;
}

std::string id_key(const Value& id) {
  std::string key;
  append_equality_key(id, key);
  return key;
}

Refusal refuse(Error error) { return {std::move(error), {}, {}}; }

Refusal duplicate_key(std::string_view ns, const store::IndexRecord& index, const std::vector<Value>& values) {
  DocumentBuilder key_value;
  std::string text;
  for (size_t i = 0; i < values.size(); ++i) {
    key_value.append(index.paths[i], values[i]);
    text += fmt::format("{}{}: {}", i == 0 ? "" : ", ", index.paths[i], key_text(values[i]));
  }
  return {Error(ErrorCode::kDuplicateKey, "E11000 duplicate key error collection: {} index: {} dup key: {{ {} }}", ns,
                index.name(), text),
          OwnedDocument(index.key()), OwnedDocument(key_value.take())};
}

}  // namespace penstock
