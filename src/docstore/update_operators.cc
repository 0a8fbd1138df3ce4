// SPDX-License-Identifier: Apache-2.0
// Parsing; the application is in update_apply.cc.
#include "docstore/update_operators.h"

#include <algorithm>

#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr size_t kPathPartsMax = 200;  // Recursion is bounded by it.

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    parts.emplace_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  return parts;
}

bool is_array_part(std::string_view part) { return part.starts_with("$[") && part.ends_with(']'); }
bool is_dynamic(const std::vector<std::string>& path) {
  return std::any_of(path.begin(), path.end(), [](const std::string& p) { return p == "$" || is_array_part(p); });
}

Result<void> check_path(std::string_view path, const std::vector<std::string>& parts) {
  if (path.empty()) return Error(ErrorCode{56}, "An empty update path is not valid.");
  if (parts.size() > kPathPartsMax) {
    return Error(ErrorCode::kOverflow, "The update path has more than {} parts", kPathPartsMax);
  }
  if (std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); })) {
    return Error(ErrorCode{56}, "The update path '{}' contains an empty field name, which is not allowed.", path);
  }
  if (parts[0] == "$") {
    return Error(ErrorCode::kBadValue, "Cannot have positional (i.e. '$') element in the first position in path '{}'",
                 path);
  }
  if (is_array_part(parts[0])) {
    return Error(ErrorCode::kBadValue,
                 "Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '{}'",
                 path);
  }
  if (std::count(parts.begin(), parts.end(), "$") > 1) {
    return Error(ErrorCode::kBadValue, "Too many positional (i.e. '$') elements found in path '{}'", path);
  }
  return {};
}

}  // namespace

Result<UpdateOperators> UpdateOperators::parse(Document update, Document array_filters) {
  UpdateOperators operators;
  PS_TRY(operators.filters_, ArrayFilters::parse(array_filters));
  for (const Element& modifiers : update)
    PS_TRY(operators.add_operator(modifiers));
  const auto& used = operators.used_filters_;
  for (const std::string& name : operators.filters_.names()) {
    if (std::find(used.begin(), used.end(), name) != used.end()) continue;
    return Error(ErrorCode::kFailedToParse, "The array filter for identifier '{}' was not used in the update {}", name,
                 to_text(Value::object(update)));
  }
  return operators;
}

Result<void> UpdateOperators::add_operator(const Element& modifiers) {
  const bool rename = modifiers.name == "$rename";
  const ModifierParser parse_modifier = find_modifier(modifiers.name);
  if (!rename && parse_modifier == nullptr) {
    return Error(
        ErrorCode::kFailedToParse,
        "Unknown modifier: {}. Expected a valid update modifier or pipeline-style update specified as an array",
        modifiers.name);
  }
  if (!modifiers.value.is_object()) {
    return Error(
        ErrorCode::kFailedToParse,
        "Modifiers operate on fields but we found type {} instead. For example: {{$mod: {{<field>: ...}}}} not "
        "{{{}: {}}}",
        type_name(modifiers.value.type()), modifiers.name, to_text(modifiers.value));
  }
  for (const Element& argument : modifiers.value.as_object()) {
    if (rename) {
      PS_TRY(add_rename(argument));
      continue;
    }
    PS_TRY(auto modifier, parse_modifier(argument));
    PS_TRY(add(argument.name, std::move(modifier)));
  }
  return {};
}

Result<void> UpdateOperators::add_rename(const Element& argument) {
  if (!argument.value.is_string()) {
    return Error(ErrorCode::kBadValue, "The 'to' field for $rename must be a string: {}: {}", argument.name,
                 to_text(argument.value));
  }
  const std::string_view to = argument.value.as_string();
  Rename rename{std::string(argument.name), std::string(to), split(argument.name), split(to)};
  PS_TRY(check_path(argument.name, is_dynamic(rename.source) ? std::vector<std::string>{"x"} : rename.source));
  if (is_dynamic(rename.source)) {
    return Error(ErrorCode::kBadValue, "The source field for $rename may not be dynamic: {}", argument.name);
  }
  if (is_dynamic(rename.target)) {
    return Error(ErrorCode::kBadValue, "The destination field for $rename may not be dynamic: {}", to);
  }
  if (rename.from == rename.to) {
    return Error(ErrorCode::kBadValue, "The source and target field for $rename must differ: {}: {}", argument.name,
                 to_text(argument.value));
  }
  const size_t shared = std::min(rename.source.size(), rename.target.size());
  if (std::equal(rename.source.begin(), rename.source.begin() + static_cast<std::ptrdiff_t>(shared),
                 rename.target.begin())) {
    return Error(ErrorCode::kBadValue, "The source and target field for $rename must not be on the same path: {}: {}",
                 argument.name, to_text(argument.value));
  }
  PS_TRY(add(rename.from, make_rename_source()));
  PS_TRY(add(rename.to, make_rename_target(rename.source)));
  renames_.push_back(std::move(rename));
  return {};
}

Result<void> UpdateOperators::check_array_part(std::string_view part, std::string_view path) const {
  const std::string_view name = part.substr(2, part.size() - 3);
  if (name.empty() || filters_.has(name)) return {};
  return Error(ErrorCode::kBadValue, "No array filter found for identifier '{}' in path '{}'", name, path);
}

Result<void> UpdateOperators::add(std::string_view path, std::shared_ptr<const Modifier> modifier) {
  const std::vector<std::string> parts = split(path);
  PS_TRY(check_path(path, parts));
  Node* node = &root_;
  size_t end = 0;  // Of the part of the path that led to `node`.
  const auto conflict = [&](size_t at) {
    return Error(ErrorCode{40}, "Updating the path '{}' would create a conflict at '{}'", path, path.substr(0, at));
  };
  for (const std::string& part : parts) {
    const bool in_array = is_array_part(part);
    const Node::Kind kind = in_array ? Node::Kind::kArray : Node::Kind::kNames;
    const bool fresh = node != &root_ && node->children.empty() && !node->positional && !node->modifier;
    if (fresh) node->kind = kind;
    if (node->kind != kind) return conflict(end);
    if (in_array) PS_TRY(check_array_part(part, path));
    const std::string name = in_array ? part.substr(2, part.size() - 3) : part;
    if (in_array && !name.empty()) used_filters_.push_back(name);
    positional_ |= part == "$";
    auto& child = part == "$" ? node->positional : node->children[name];
    if (child == nullptr) child = std::make_shared<Node>();
    node = child.get();
    end += (end == 0 ? 0 : 1) + part.size();
  }
  if (node->modifier || !node->children.empty() || node->positional) return conflict(end);
  node->kind = Node::Kind::kModifier;
  node->modifier = std::move(modifier);
  return {};
}

// Two nodes that turn out to mean the same element: "a.$[].x" and "a.$[i].y".
Result<UpdateOperators::NodePtr> UpdateOperators::merged(const NodePtr& a, const NodePtr& b, std::string_view path) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  if (a->kind != b->kind || a->kind == Node::Kind::kModifier) {
    return Error(ErrorCode{40}, "Update created a conflict at '{}'", path);
  }
  auto both = std::make_shared<Node>(*a);
  const auto join = [&](std::shared_ptr<Node>& to, const std::shared_ptr<Node>& from,
                        std::string_view name) -> Result<void> {
    PS_TRY(NodePtr joined, merged(to, from, fmt::format("{}.{}", path, name)));
    to = std::const_pointer_cast<Node>(joined);
    return {};
  };
  for (const auto& [name, child] : b->children)
    PS_TRY(join(both->children[name], child, a->kind == Node::Kind::kArray ? fmt::format("$[{}]", name) : name));
  PS_TRY(join(both->positional, b->positional, "$"));
  return NodePtr(both);
}

}  // namespace penstock
