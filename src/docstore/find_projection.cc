// SPDX-License-Identifier: Apache-2.0
#include "docstore/find_projection.h"

#include <algorithm>

namespace penstock {
namespace {

Result<Value> first_match(Document array, const QueryFilter& filter, QueryRun& run, Arena& arena) {
  Arena scratch(1024);
  for (const Element& element : array) {
    DocumentBuilder alone;
    const size_t mark = alone.begin_array("v");
    alone.append("0", element.value);
    alone.end(mark);
    PS_TRY(const bool passes, filter.passes(alone.finish(), run, scratch));
    if (!passes) continue;
    ArrayBuilder result;
    result.append(element.value);
    return Value::array(result.finish_in(arena));
  }
  return Value::missing();
}

Value slice_of(Document array, int64_t skip, int64_t limit, Arena& arena) {
  const auto count = static_cast<int64_t>(array.count());
  const int64_t begin = skip < 0 ? std::max<int64_t>(count + skip, 0) : std::min(skip, count);
  const int64_t end = begin + std::min(limit, count - begin);
  ArrayBuilder result;
  int64_t place = 0;
  for (const Element& element : array) {
    if (place >= end) break;
    if (place++ >= begin) result.append(element.value);
  }
  return Value::array(result.finish_in(arena));
}

Result<Value> positional_element(Document array, std::optional<uint32_t> place, Arena& arena) {
  if (!place) {
    return Error(ErrorCode{51246}, "positional operator '.$' couldn't find a matching element in the array");
  }
  char scratch[12];
  const Value element = array.get(index_name(*place, scratch));
  if (element.is_missing()) return Error(ErrorCode{51247}, "positional operator '.$' element mismatch");
  ArrayBuilder result;
  result.append(element);
  return Value::array(result.finish_in(arena));
}

}  // namespace

Result<Document> FindProjection::apply(Document document, QueryRun& run, Arena& arena, DocumentBuilder& builder) const {
  std::optional<uint32_t> place;
  if (positional_) {
    PS_TRY(place, positional_->index(document, run));
  }
  Document result = document;
  if (projection_) {
    EvalContext context = run.context(arena);
    context.root = Value::object(document);
    PS_TRY(result, projection_->apply(context, builder));
  }
  for (const Step& step : steps_) {
    builder.clear();
    PS_TRY(write_document(step, result, step.path, place, run, arena, builder));
    result = builder.finish_in(arena);
  }
  return result;
}

Result<std::optional<Value>> FindProjection::apply_step(const Step& step, const Value& value, PathParts rest,
                                                        std::optional<uint32_t> place, QueryRun& run,
                                                        Arena& arena) const {
  using Decided = std::optional<Value>;
  if (step.kind == Kind::kPositional && value.is_array()) {
    PS_TRY(const Value element, positional_element(value.as_array(), place, arena));
    return Decided(element);
  }
  if (!rest.empty()) return Decided();
  if (step.kind == Kind::kSlice && value.is_array()) {
    return Decided(slice_of(value.as_array(), step.skip, step.limit, arena));
  }
  if (step.kind == Kind::kElementMatch) {
    if (!value.is_array()) return Decided(Value::missing());
    PS_TRY(const Value matched, first_match(value.as_array(), step.filter, run, arena));
    return Decided(matched);
  }
  return Decided(value);
}

Result<void> FindProjection::write_document(const Step& step, Document document, PathParts path,
                                            std::optional<uint32_t> place, QueryRun& run, Arena& arena,
                                            DocumentBuilder& to) const {
  for (const Element& element : document) {
    if (element.name == path.front()) {
      PS_TRY(write_value(step, element.name, element.value, path.subspan(1), place, run, arena, to));
    } else {
      to.append(element.name, element.value);
    }
  }
  return {};
}

Result<void> FindProjection::write_value(const Step& step, std::string_view name, const Value& value, PathParts rest,
                                         std::optional<uint32_t> place, QueryRun& run, Arena& arena,
                                         DocumentBuilder& to) const {
  PS_TRY(const auto decided, apply_step(step, value, rest, place, run, arena));
  if (decided || (!value.is_object() && !value.is_array())) {
    to.append(name, decided ? *decided : value);
    return {};
  }
  if (value.is_object()) {
    const size_t mark = to.begin_object(name);
    PS_TRY(write_document(step, value.as_object(), rest, place, run, arena, to));
    to.end(mark);
    return {};
  }
  const size_t mark = to.begin_array(name);
  for (const Element& element : value.as_array()) {
    if (!element.value.is_object()) {
      to.append(element.name, element.value);
      continue;
    }
    const size_t inner = to.begin_object(element.name);
    PS_TRY(write_document(step, element.value.as_object(), rest, place, run, arena, to));
    to.end(inner);
  }
  to.end(mark);
  return {};
}

}  // namespace penstock
