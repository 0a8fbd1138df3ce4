// SPDX-License-Identifier: Apache-2.0
// Applying a tree of update operators: one walk over the document that writes the new one.
#include <algorithm>
#include <charconv>

#include "bson/ejson.h"
#include "docstore/update_operators.h"

namespace penstock {
namespace {

constexpr uint32_t kBackfillMax = 1'500'000;  // Nulls that a distant array position may make, as mongod.

// "3", "03" are positions; "-1", "3a" are not.
std::optional<uint32_t> array_position(std::string_view name) {
  uint32_t position = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), position);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return position;
}

std::string joined(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

bool same_bytes(const Value& a, const Value& b) {
  DocumentBuilder x;
  DocumentBuilder y;
  x.append("", a);
  y.append("", b);
  return x.take() == y.take();
}

// The first array on the way to the end of `path`, not counting what stands at its end.
std::optional<std::string> array_on(Document document, const std::vector<std::string>& path) {
  Value value = Value::object(document);
  std::string way;
  for (const std::string& part : path) {
    if (value.is_array()) return way.substr(way.rfind('.') + 1);
    if (!value.is_object()) return std::nullopt;
    value = value.as_object().get(part);
    way = joined(way, part);
  }
  return std::nullopt;
}

}  // namespace

class UpdateOperators::Applier {
 public:
  Applier(const UpdateOperators& operators, UpdateRun& run, std::optional<uint32_t> matched)
      : operators_(operators), run_(run), matched_(matched ? std::to_string(*matched) : "") {}

  Result<void> apply_object(const Node& node, Document existing, std::string_view path, DocumentBuilder& to) {
    PS_TRY(const Children children, children_of(node, path));
    std::vector<bool> done(children.size());
    for (const Element& field : existing) {
      const auto child =
          std::find_if(children.begin(), children.end(), [&](const auto& c) { return c.first == field.name; });
      const auto place = static_cast<size_t>(child - children.begin());
      // Of repeated names only the first is meant.
      if (child == children.end() || done[place]) {
        to.append(field.name, field.value);
        continue;
      }
      done[place] = true;
      PS_TRY(apply_element(*child->second, field, joined(path, field.name), false, to));
    }
    for (size_t i = 0; i < children.size(); ++i) {
      if (done[i]) continue;
      PS_TRY(create(*children[i].second, children[i].first, joined(path, children[i].first), to));
    }
    return {};
  }

 private:
  // Names in order; "$" under the number of the element that matched.
  Result<Children> children_of(const Node& node, std::string_view path) const {
    Children children;
    for (const auto& [name, child] : node.children)
      children.emplace_back(name, child);
    if (node.positional == nullptr) return children;
    if (matched_.empty()) {
      return Error(ErrorCode::kBadValue, "The positional operator did not find the match needed from the query.");
    }
    const auto same =
        std::find_if(children.begin(), children.end(), [&](const auto& c) { return c.first == matched_; });
    if (same != children.end()) {
      PS_TRY(same->second, merged(same->second, node.positional, joined(path, matched_)));
      return children;
    }
    const auto behind = std::find_if(children.begin(), children.end(),
                                     [&](const auto& c) { return compare_names(matched_, c.first) < 0; });
    children.insert(behind, {matched_, node.positional});
    return children;
  }

  Result<void> apply_element(const Node& node, const Element& existing, const std::string& path, bool in_array,
                             DocumentBuilder& to) {
    switch (node.kind) {
      case Node::Kind::kModifier: {
        PS_TRY(const Value value, node.modifier->apply(existing.value, {existing.name, path}, run_));
        to.append(existing.name, value.is_missing() && in_array ? Value::null() : value);
        return {};
      }
      case Node::Kind::kArray: return apply_filters(node, existing, path, to);
      case Node::Kind::kNames: break;
    }
    if (existing.value.is_array()) return apply_array(node, existing, path, to);
    if (!existing.value.is_object()) {
      PS_TRY(const Children children, children_of(node, path));
      for (const auto& [name, child] : children)
        PS_TRY(no_way(*child, name, existing, path));
      to.append(existing.name, existing.value);
      return {};
    }
    const size_t mark = to.begin_object(existing.name);
    PS_TRY(apply_object(node, existing.value.as_object(), path, to));
    to.end(mark);
    return {};
  }

  Result<void> apply_filters(const Node& node, const Element& existing, const std::string& path, DocumentBuilder& to) {
    if (!existing.value.is_array()) {
      return Error(ErrorCode::kBadValue, "Cannot apply array updates to non-array element {}: {}", existing.name,
                   to_text(existing.value));
    }
    const size_t mark = to.begin_array(existing.name);
    for (const Element& element : existing.value.as_array()) {
      const std::string inner = joined(path, element.name);
      NodePtr chosen;
      for (const auto& [name, child] : node.children) {
        if (!name.empty() && !operators_.filters_.passes(name, element.value)) continue;
        PS_TRY(chosen, merged(chosen, child, inner));
      }
      if (chosen == nullptr) {
        to.append(element.name, element.value);
      } else {
        PS_TRY(apply_element(*chosen, element, inner, true, to));
      }
    }
    to.end(mark);
    return {};
  }

  Result<void> apply_array(const Node& node, const Element& existing, const std::string& path, DocumentBuilder& to) {
    PS_TRY(const Children children, children_of(node, path));
    std::map<uint32_t, const Node*> at;
    for (const auto& [name, child] : children) {
      if (const auto position = array_position(name)) {
        at.insert_or_assign(*position, child.get());
      } else {
        PS_TRY(no_way(*child, name, existing, path));
      }
    }
    const size_t mark = to.begin_array(existing.name);
    uint32_t next = 0;
    for (const Element& element : existing.value.as_array()) {
      const auto child = at.find(next++);
      if (child == at.end()) {
        to.append(element.name, element.value);
      } else {
        PS_TRY(apply_element(*child->second, element, joined(path, element.name), true, to));
      }
    }
    char scratch[12];
    for (auto child = at.lower_bound(next); child != at.end(); ++child) {
      PS_TRY(const bool makes, makes_something(*child->second, joined(path, std::to_string(child->first))));
      if (!makes) continue;
      if (child->first - next > kBackfillMax) {
        return Error(ErrorCode{34}, "can't backfill more than {} elements", kBackfillMax);
      }
      for (; next < child->first; ++next)
        to.append(index_name(next, scratch), Value::null());
      PS_TRY(create(*child->second, index_name(next, scratch), joined(path, std::to_string(next)), to));
      ++next;
    }
    to.end(mark);
    return {};
  }

  // Whether anything below `node` is made where there is nothing.
  Result<bool> makes_something(const Node& node, const std::string& path) const {
    if (node.kind == Node::Kind::kModifier) return node.modifier->creates(run_);
    if (node.kind == Node::Kind::kArray) {
      return Error(ErrorCode::kBadValue, "The path '{}' must exist in the document in order to apply array updates.",
                   path);
    }
    PS_TRY(const Children children, children_of(node, path));
    bool any = false;
    for (const auto& [name, child] : children) {
      PS_TRY(const bool makes, makes_something(*child, joined(path, name)));
      any |= makes;
    }
    return any;
  }

  Result<void> create(const Node& node, std::string_view name, const std::string& path, DocumentBuilder& to) {
    PS_TRY(const bool makes, makes_something(node, path));
    if (!makes) return {};
    if (node.kind == Node::Kind::kModifier) {
      PS_TRY(const Value value, node.modifier->apply(Value::missing(), {name, path}, run_));
      to.append(name, value);
      return {};
    }
    const size_t mark = to.begin_object(name);
    PS_TRY(apply_object(node, Document(), path, to));
    to.end(mark);
    return {};
  }

  // `node` under `name` cannot be below `in`, a scalar or an array without such a place.
  Result<void> no_way(const Node& node, std::string_view name, const Element& in, const std::string& path) const {
    if (node.kind == Node::Kind::kModifier) {
      if (node.modifier->tolerates_no_path(run_)) return {};
      if (node.modifier->creates(run_)) {
        return Error(ErrorCode{28}, "Cannot create field '{}' in element {{{}: {}}}", name, in.name, to_text(in.value));
      }
      return Error(ErrorCode{28}, "Cannot use the part ({0}) of ({1}.{0}) to traverse the element ({{{2}: {3}}})", name,
                   path, in.name, to_text(in.value));
    }
    if (node.kind == Node::Kind::kArray) {
      return Error(ErrorCode::kBadValue, "The path '{}' must exist in the document in order to apply array updates.",
                   joined(path, name));
    }
    PS_TRY(const Children children, children_of(node, path));
    for (const auto& [inner, child] : children)
      PS_TRY(no_way(*child, name, in, path));
    return {};
  }

  const UpdateOperators& operators_;
  UpdateRun& run_;
  std::string matched_;
};

Result<OwnedDocument> UpdateOperators::apply(UpdateRun& run, std::optional<uint32_t> matched) const {
  for (const auto& [name, node] : root_.children) {
    if (name[0] != '$' || run.inserting) continue;
    return Error(
        ErrorCode{52},
        "The dollar ($) prefixed field '{0}' in '{0}' is not allowed in the context of an update's replacement "
        "document. Consider using an aggregation pipeline with $replaceWith.",
        name);
  }
  for (const Rename& rename : renames_) {
    for (const bool source : {true, false}) {
      if (!source && value_through_objects(run.original, rename.source).is_missing()) continue;
      const auto array = array_on(run.original, source ? rename.source : rename.target);
      if (!array) continue;
      return Error(ErrorCode::kBadValue,
                   "The {} field cannot be an array element, '{}' in doc with {} has an array field called '{}'",
                   source ? "source" : "destination", source ? rename.from : rename.to, id_text(run.original), *array);
    }
  }
  DocumentBuilder builder;
  PS_TRY(Applier(*this, run, matched).apply_object(root_, run.original, "", builder));
  OwnedDocument result(builder.take());
  const Value id = run.original.get("_id");
  if (!id.is_missing() && !same_bytes(id, result.view().get("_id"))) {
    std::string path = "_id";
    auto found = root_.children.find(std::string_view("_id"));
    // The path as the update names it, down to its first modifier.
    const Node* node = found == root_.children.end() ? nullptr : found->second.get();
    for (; node != nullptr && !node->children.empty(); node = node->children.begin()->second.get())
      path += "." + node->children.begin()->first;
    return Error(ErrorCode{66}, "Performing an update on the path '{}' would modify the immutable field '_id'", path);
  }
  return result;
}

}  // namespace penstock
