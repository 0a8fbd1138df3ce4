// SPDX-License-Identifier: Apache-2.0
// From find's projection to one of $project and steps after it. What $project does not know is replaced in the spec:
//   {a: {$slice: 2}, b: 1}  =>  {a: 1, b: 1} and a step on a       {a: {$slice: 2}, b: 0}  =>  {b: 0} and the step
#include <algorithm>
#include <limits>

#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/find_projection.h"
#include "stages/projection_parse.h"

namespace penstock {
namespace {

bool is_flag(const Value& value) { return value.is_number() || value.type() == Type::kBool; }

std::string_view operator_of(const Value& value) {
  if (!value.is_object() || value.as_object().count() != 1) return {};
  const std::string_view name = value.as_object().begin()->name;
  return name.starts_with('$') ? name : std::string_view();
}

int64_t whole_of(const Value& number) {
  const double d = std::trunc(to_double(number));
  constexpr double kMost = std::numeric_limits<int32_t>::max();
  return d != d ? 0 : static_cast<int64_t>(std::clamp(d, -kMost, kMost));
}

struct Slice {
  int64_t skip = 0;
  int64_t limit = 0;
};

// Empty when it is not find's $slice but the expression of that name.
std::optional<Slice> slice_of(const Value& argument) {
  if (argument.is_number()) {
    const int64_t n = whole_of(argument);
    return n < 0 ? Slice{n, -n} : Slice{0, n};
  }
  if (!argument.is_array() || argument.as_array().count() != 2) return std::nullopt;
  const Value skip = argument.as_array().get("0");
  const Value limit = argument.as_array().get("1");
  if (!skip.is_number() || !limit.is_number() || whole_of(limit) <= 0) return std::nullopt;
  return Slice{whole_of(skip), whole_of(limit)};
}

}  // namespace

class FindProjectionParser {
 public:
  FindProjectionParser(Document filter, ParseContext& names) : filter_(filter), names_(names) {}

  Result<FindProjection> parse(Document spec) {
    PS_TRY(survey(spec, ""));
    includes_ = !excludes_ && includes_;
    if (!special_) {
      PS_TRY(result_.projection_, parse_projection(spec, names_));
      return std::move(result_);
    }
    PS_TRY(rewrite(spec, ""));
    const Document rest = rewritten_.finish();
    if (!rest.empty()) {
      PS_TRY(result_.projection_, parse_projection(rest, names_));
    }
    return std::move(result_);
  }

 private:
  using Kind = FindProjection::Kind;

  // What kind of projection it is, and whether there is anything in it that only find has.
  Result<void> survey(Document spec, const std::string& above) {
    for (const Element& element : spec) {
      const std::string path = above.empty() ? std::string(element.name) : above + "." + std::string(element.name);
      const Value& value = element.value;
      const std::string_view operation = operator_of(value);
      if (path.find(".$.") != std::string::npos) return positional_in_the_middle();
      if (path.ends_with(".$")) {
        PS_TRY(check_positional(value));
        special_ = includes_ = true;
      } else if (is_flag(value)) {
        if (is_true(value)) includes_ = true;
        if (!is_true(value) && path != "_id") excludes_ = true;
      } else if (operation == "$elemMatch") {
        PS_TRY(check_element_match(path, value.as_object().begin()->value));
        special_ = includes_ = true;
      } else if (operation == "$slice" && slice_of(value.as_object().begin()->value)) {
        special_ = true;
      } else if (value.is_object() && operation.empty() && !value.as_object().empty()) {
        PS_TRY(survey(value.as_object(), path));
      } else {
        includes_ = true;
      }
    }
    return {};
  }

  static Error positional_in_the_middle() {
    return Error(ErrorCode{31394},
                 "As of 4.4, it's illegal to specify positional operator in the middle of a path."
                 "Positional projection may only be used at the end, for example: a.b.$. If the query previously used "
                 "a form like a.b.$.d, remove the parts following the '$' and the results will be equivalent.");
  }

  Result<void> check_positional(const Value& value) {
    if (!is_flag(value)) return Error(ErrorCode{31308}, "positional projection cannot be used with a literal");
    if (!is_true(value)) return Error(ErrorCode{31395}, "positional projection cannot be used with exclusion");
    if (result_.positional_) {
      return Error(ErrorCode{31276}, "Cannot specify more than one positional projection per query.");
    }
    PS_TRY(result_.positional_, PositionalMatch::parse(filter_, names_));
    return {};
  }

  static Result<void> check_element_match(const std::string& path, const Value& argument) {
    if (path.find('.') != std::string::npos) {
      return Error(ErrorCode{31275}, "Cannot use $elemMatch projection on a nested field.");
    }
    if (argument.is_object()) return {};
    return Error(ErrorCode{31274}, "elemMatch: Invalid argument, object required, but got {}",
                 type_name(argument.type()));
  }

  Result<void> rewrite(Document spec, const std::string& above) {
    for (const Element& element : spec) {
      const std::string path = above.empty() ? std::string(element.name) : above + "." + std::string(element.name);
      const Value& value = element.value;
      const std::string_view operation = operator_of(value);
      if (path.ends_with(".$")) {
        PS_TRY(add_positional(path.substr(0, path.size() - 2)));
      } else if (operation == "$elemMatch") {
        PS_TRY(add_element_match(path, value.as_object().begin()->value));
      } else if (operation == "$slice" && slice_of(value.as_object().begin()->value)) {
        PS_TRY(add_slice(path, *slice_of(value.as_object().begin()->value)));
      } else if (value.is_object() && operation.empty() && !value.as_object().empty()) {
        PS_TRY(rewrite(value.as_object(), path));
      } else {
        rewritten_.append(path, value);
      }
    }
    return {};
  }

  Result<void> add_positional(const std::string& path) {
    PS_TRY(auto parts, split_path(path));
    result_.steps_.push_back({.path = std::move(parts), .kind = Kind::kPositional});
    rewritten_.append(path, Value::int32(1));
    return {};
  }

  Result<void> add_slice(const std::string& path, Slice slice) {
    PS_TRY(auto parts, split_path(path));
    result_.steps_.push_back(
        {.path = std::move(parts), .kind = Kind::kSlice, .skip = slice.skip, .limit = slice.limit});
    if (includes_) rewritten_.append(path, Value::int32(1));
    return {};
  }

  Result<void> add_element_match(const std::string& path, const Value& argument) {
    PS_TRY(auto parts, split_path(path));
    DocumentBuilder test;
    const size_t mark = test.begin_object("v");
    test.append("$elemMatch", argument);
    test.end(mark);
    PS_TRY(QueryFilter filter, QueryFilter::parse(test.finish(), names_));
    result_.steps_.push_back({.path = std::move(parts), .kind = Kind::kElementMatch, .filter = std::move(filter)});
    // As something computed it comes after the included fields.
    if (includes_) rewritten_.append(path, Value::string("$" + path));
    return {};
  }

  Document filter_;
  ParseContext& names_;
  FindProjection result_;
  bool special_ = false;
  bool includes_ = false;
  bool excludes_ = false;
  DocumentBuilder rewritten_;
};

Result<FindProjection> FindProjection::parse(Document spec, Document filter, ParseContext& names) {
  if (spec.empty()) return FindProjection();
  return FindProjectionParser(filter, names).parse(spec);
}

}  // namespace penstock
