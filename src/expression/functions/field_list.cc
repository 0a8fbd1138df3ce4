// SPDX-License-Identifier: Apache-2.0
#include "expression/functions/field_list.h"

namespace penstock {
namespace {

// Up to here looking at every name is as fast as a hash.
constexpr size_t kFew = 24;

size_t bytes_of(const Value& value) { return value.has_bytes() ? value.bytes().size() : sizeof(int64_t); }

}  // namespace

// fields_.size() if it is new.
size_t FieldList::place_of(std::string_view name) {
  if (fields_.size() <= kFew) {
    size_t at = 0;
    while (at < fields_.size() && fields_[at].name != name)
      ++at;
    return at;
  }
  if (places_.empty()) {
    for (size_t i = 0; i < fields_.size(); ++i)
      places_.emplace(fields_[i].name, i);
  }
  return places_.emplace(name, fields_.size()).first->second;
}

Result<void> FieldList::set(std::string_view name, const Value& value) {
  const size_t at = place_of(name);
  if (at == fields_.size()) {
    fields_.push_back({name, value});
    bytes_ += name.size() + 2;
  } else {
    bytes_ -= bytes_of(fields_[at].value);
    fields_[at].value = value;
  }
  bytes_ += bytes_of(value);
  if (bytes_ > kContainerBytesMax) return container_too_large(function_);
  return {};
}

Value FieldList::finish(Arena& arena) {
  DocumentBuilder object;
  for (const Element& field : fields_)
    object.append(field.name, field.value);
  return Value::object(object.finish_in(arena));
}

}  // namespace penstock
