// SPDX-License-Identifier: Apache-2.0
#include "stages/projection_parse.h"

#include <optional>
#include <set>

#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "expression/function.h"

namespace penstock {
namespace {

using Action = ProjectionNode::Action;

constexpr size_t kSpecCharsMax = 1000;  // Of the user's spec in an error text.

// Grows the tree leaf by leaf and knows the paths that are taken.
class Tree {
 public:
  // The path taken before that is `path` itself, above it or below it.
  std::optional<std::string> conflict(std::string_view path) const {
    for (size_t end = path.find('.'); end != std::string_view::npos; end = path.find('.', end + 1)) {
      if (const auto above = paths_.find(path.substr(0, end)); above != paths_.end()) return *above;
    }
    if (const auto same = paths_.find(path); same != paths_.end()) return *same;
    const std::string prefix = std::string(path) + ".";
    const auto below = paths_.lower_bound(prefix);
    if (below != paths_.end() && below->starts_with(prefix)) return *below;
    return std::nullopt;
  }
  void take(std::string_view path) { paths_.emplace(path); }
  bool has_top_level(std::string_view name) const {
    for (const ProjectionNode& node : nodes_) {
      if (node.name == name) return true;
    }
    return false;
  }
  bool empty() const { return nodes_.empty(); }

  void add(const std::vector<std::string>& parts, Action action, ExpressionPtr expression = nullptr) {
    std::vector<ProjectionNode>* level = &nodes_;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      ProjectionNode& node = inner_node(*level, parts[i]);
      node.computes |= action == Action::kCompute;
      level = &node.children;
    }
    level->push_back({.name = parts.back(), .action = action, .expression = std::move(expression)});
  }
  std::vector<ProjectionNode> take_nodes() { return std::move(nodes_); }

 private:
  static ProjectionNode& inner_node(std::vector<ProjectionNode>& level, const std::string& name) {
    for (ProjectionNode& node : level) {
      if (node.name == name) return node;
    }
    return level.emplace_back(ProjectionNode{.name = name, .action = Action::kDescend});
  }

  std::vector<ProjectionNode> nodes_;
  std::set<std::string, std::less<>> paths_;
};

std::string join_path(std::string_view above, std::string_view name) {
  return above.empty() ? std::string(name) : std::string(above) + "." + std::string(name);
}

// Takes `path` for a leaf of $project or $unset.
Result<std::vector<std::string>> take_path(Tree& tree, const std::string& path) {
  PS_TRY(std::vector<std::string> parts, split_path(path));
  const std::optional<std::string> other = tree.conflict(path);
  if (!other) {
    tree.take(path);
    return parts;
  }
  if (other->size() < path.size()) {
    return Error(ErrorCode{31249}, "Path collision at {} remaining portion {}", path, path.substr(other->size() + 1));
  }
  return Error(ErrorCode{31250}, "Path collision at {}", path);
}

bool is_operator_object(Document object) { return object.begin()->name.starts_with("$") && object.count() == 1; }

class ProjectParser {
 public:
  explicit ProjectParser(ParseContext& context) : context_(context) {}

  Result<Projection> parse(Document spec) {
    if (spec.empty()) return Error(ErrorCode{51272}, "projection specification must have at least one field");
    for (const Element& element : spec)
      PS_TRY(parse_field(element, ""));
    // Only _id was named: {_id: 0} removes it, {_id: 1} keeps it alone. {$meta} alone is an inclusion.
    if (!kind_) kind_ = tree_.empty() && id_ == false ? Kind::kExclusion : Kind::kInclusion;
    if (kind_ == Kind::kExclusion && id_ == false) tree_.add({"_id"}, Action::kExclude);
    if (kind_ == Kind::kInclusion && id_ != false && !tree_.has_top_level("_id")) tree_.add({"_id"}, Action::kInclude);
    return Projection(tree_.take_nodes(), kind_ == Kind::kExclusion);
  }

 private:
  enum class Kind { kInclusion, kExclusion };

  Result<void> parse_field(const Element& element, std::string_view above) {
    auto parsed = parse_field_value(element, above);
    if (!parsed.ok()) return parsed.take_error().at(element.name);
    return {};
  }

  Result<void> parse_field_value(const Element& element, std::string_view above) {
    if (element.name.ends_with(".$")) {
      return Error(ErrorCode{31324}, "Cannot use positional projection in aggregation projection");
    }
    PS_TRY(split_path(element.name));
    const std::string path = join_path(above, element.name);
    const Value& value = element.value;
    if (value.is_number() || value.type() == Type::kBool) return add_flag(element, path);
    if (!value.is_object() || (!value.as_object().empty() && is_operator_object(value.as_object()))) {
      return add_computed(element, path);
    }
    if (value.as_object().empty()) {
      return Error(ErrorCode{51270}, "An empty sub-projection is not a valid value. Found empty object at path");
    }
    for (const Element& inner : value.as_object())
      PS_TRY(parse_field(inner, path));
    return {};
  }

  // `element` includes or excludes `path`.
  Result<void> add_flag(const Element& element, const std::string& path) {
    const bool include = is_true(element.value);
    PS_TRY(const std::vector<std::string> parts, take_path(tree_, path));
    if (path == "_id") {  // May be kept or removed beside anything.
      id_ = include;
      return {};
    }
    if (include && kind_ == Kind::kExclusion) {
      return Error(ErrorCode{31253}, "Cannot do inclusion on field {} in exclusion projection", element.name);
    }
    if (!include && kind_ == Kind::kInclusion) {
      return Error(ErrorCode{31254}, "Cannot do exclusion on field {} in inclusion projection", element.name);
    }
    kind_ = include ? Kind::kInclusion : Kind::kExclusion;
    tree_.add(parts, include ? Action::kInclude : Action::kExclude);
    return {};
  }

  Result<void> add_computed(const Element& element, const std::string& path) {
    PS_TRY(const bool is_meta, check_operator(element.value));
    const bool misplaced = kind_ == Kind::kExclusion && !is_meta;
    if (misplaced && element.value.is_object()) {
      return Error(ErrorCode{31252}, "Cannot use expression other than $meta in exclusion projection");
    }
    PS_TRY(const std::vector<std::string> parts, take_path(tree_, path));
    if (misplaced) {
      return Error(ErrorCode{31310}, "Cannot use an expression {}: {} in an exclusion projection", element.name,
                   to_text(element.value));
    }
    PS_TRY(ExpressionPtr expression, parse_expression(element.value, context_));
    tree_.add(parts, Action::kCompute, std::move(expression));
    if (!is_meta) kind_ = Kind::kInclusion;
    return {};
  }

  // Unknown operators have a code of their own here. True for $meta, which may stand in exclusions too.
  static Result<bool> check_operator(const Value& value) {
    if (!value.is_object()) return false;
    const std::string_view name = value.as_object().begin()->name;
    if (name == "$elemMatch") {
      return Error(ErrorCode::kUnrecognizedExpression, "Cannot use $elemMatch in this context").at(name);
    }
    if (find_function(name) != nullptr || is_known_unsupported_function(name)) return name == "$meta";
    std::vector<std::string_view> names;
    for (const Function* function : all_functions())
      names.push_back(function->name);
    const std::string hint = did_you_mean(name, names);
    return Error(ErrorCode{31325}, "Unknown expression {}{}{}", name, hint.empty() ? "" : ".", hint).at(name);
  }

  ParseContext& context_;
  Tree tree_;
  std::optional<Kind> kind_;  // Empty until a value decides it.
  std::optional<bool> id_;    // What {_id: <flag>} says.
};

class AddedFieldsParser {
 public:
  AddedFieldsParser(Document spec, ParseContext& context) : spec_(spec), context_(context) {}

  Result<Projection> parse() {
    for (const Element& element : spec_)
      PS_TRY(parse_field(element, ""));
    return Projection(tree_.take_nodes(), true);
  }

 private:
  Result<void> parse_field(const Element& element, std::string_view above) {
    auto parsed = parse_field_value(element, above);
    if (!parsed.ok()) return parsed.take_error().at(element.name);
    return {};
  }

  Result<void> parse_field_value(const Element& element, std::string_view above) {
    if (!above.empty() && element.name.find('.') != std::string_view::npos) {
      return Error(ErrorCode{40183}, "cannot use dotted field name '{}' in a sub object: {}", element.name,
                   spec_text());
    }
    const std::string path = join_path(above, element.name);
    PS_TRY(const std::vector<std::string> parts, split_path(path));
    PS_TRY(const bool nested, is_nested(element.value));
    if (!nested) return add_computed(element.value, path, parts);
    for (const Element& inner : element.value.as_object())
      PS_TRY(parse_field(inner, path));
    return {};
  }

  // An object without operator sets the fields in it one by one; an empty one is a value (since 8.2).
  Result<bool> is_nested(const Value& value) const {
    if (!value.is_object() || value.as_object().empty()) return false;
    const Document object = value.as_object();
    if (is_operator_object(object)) return false;
    for (const Element& element : object) {
      if (!element.name.starts_with("$")) continue;
      return Error(ErrorCode{40181},
                   "an expression specification must contain exactly one field, the name of the expression. Found {} "
                   "fields in {}, while parsing object {}",
                   object.count(), to_text(value), spec_text());
    }
    return true;
  }

  Result<void> add_computed(const Value& value, const std::string& path, const std::vector<std::string>& parts) {
    if (const std::optional<std::string> other = tree_.conflict(path)) {
      return Error(ErrorCode{40176},
                   "specification contains two conflicting paths. Cannot specify both '{}' and '{}': {}", path, *other,
                   spec_text());
    }
    tree_.take(path);
    PS_TRY(ExpressionPtr expression, parse_expression(value, context_));
    tree_.add(parts, Action::kCompute, std::move(expression));
    return {};
  }

  std::string spec_text() const { return to_text(Value::object(spec_), kSpecCharsMax); }

  Document spec_;
  ParseContext& context_;
  Tree tree_;
};

}  // namespace

Result<Projection> parse_projection(Document spec, ParseContext& context) { return ProjectParser(context).parse(spec); }

Result<Projection> parse_added_fields(Document spec, ParseContext& context) {
  return AddedFieldsParser(spec, context).parse();
}

Result<Projection> parse_removed_fields(const std::vector<std::string>& paths) {
  Tree tree;
  for (const std::string& path : paths) {
    PS_TRY(const std::vector<std::string> parts, take_path(tree, path));
    tree.add(parts, Action::kExclude);
  }
  return Projection(tree.take_nodes(), true);
}

}  // namespace penstock
