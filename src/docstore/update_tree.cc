// SPDX-License-Identifier: Apache-2.0
#include "docstore/update_tree.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr size_t kPathPartsMax = 200;         // Recursion below is bounded by it.
constexpr uint32_t kBackfillMax = 1'500'000;  // Nulls that a distant array position may make, as mongod.

bool begins_with_1_to_9(std::string_view name) { return !name.empty() && name[0] >= '1' && name[0] <= '9'; }

// "3", "03" are positions; "-1", "3a" are not.
std::optional<uint32_t> array_position(std::string_view name) {
  uint32_t position = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), position);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return position;
}

Error cannot_create(std::string_view name, const Element& in) {
  return Error(ErrorCode{28}, "Cannot create field '{}' in element {{{}: {}}}", name, in.name, to_text(in.value));
}

bool same_bytes(const Value& a, const Value& b) {
  DocumentBuilder x;
  DocumentBuilder y;
  x.append("", a);
  y.append("", b);
  return x.take() == y.take();
}

}  // namespace

int compare_names(std::string_view a, std::string_view b) {
  if (begins_with_1_to_9(a) && begins_with_1_to_9(b) && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

Result<UpdateTree> UpdateTree::parse(Document fields, std::string_view without) {
  UpdateTree tree;
  for (const Element& field : fields) {
    if (!without.empty() && field.name == without) continue;
    PS_TRY(add(tree.root_, field.name, field.value));
  }
  return tree;
}

Result<void> UpdateTree::add(Node& root, std::string_view path, const Value& value) {
  if (path.empty()) return Error(ErrorCode{56}, "An empty update path is not valid.");
  if (static_cast<size_t>(std::count(path.begin(), path.end(), '.')) >= kPathPartsMax) {
    return Error(ErrorCode::kOverflow, "The update path has more than {} parts", kPathPartsMax);
  }
  Node* node = &root;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    const std::string_view part = path.substr(start, dot - start);
    if (part.empty()) {
      return Error(ErrorCode{56}, "The update path '{}' contains an empty field name, which is not allowed.", path);
    }
    if (part == "$" || (part.starts_with("$[") && part.ends_with(']'))) {
      return Error(ErrorCode::kBadValue, "The positional operator '{}' in the update path '{}' has nothing to refer to",
                   part, path);
    }
    const bool last = dot == path.size();
    auto& child = node->children[std::string(part)];
    const bool fresh = child == nullptr;
    if (fresh) child = std::make_unique<Node>();
    if (!fresh && (last || !child->value.is_missing())) {
      return Error(ErrorCode{40}, "Updating the path '{}' would create a conflict at '{}'", path, path.substr(0, dot));
    }
    node = child.get();
    start = dot + 1;
  }
  node->value = value;
  return {};
}

Result<OwnedDocument> UpdateTree::apply(Document existing, bool stored) const {
  if (stored) {
    const auto id = root_.children.find(std::string_view("_id"));
    if (id != root_.children.end() && !id->second->value.is_missing() &&
        !same_bytes(id->second->value, existing.get("_id"))) {
      return Error(ErrorCode{66}, "Performing an update on the path '_id' would modify the immutable field '_id'");
    }
    for (const auto& [name, node] : root_.children) {
      if (name[0] != '$') continue;
      return Error(
          ErrorCode{52},
          "The dollar ($) prefixed field '{0}' in '{0}' is not allowed in the context of an update's replacement "
          "document. Consider using an aggregation pipeline with $replaceWith.",
          name);
    }
  }
  DocumentBuilder builder;
  PS_TRY(apply_object(root_, existing, builder));
  return OwnedDocument(builder.take());
}

Result<void> UpdateTree::apply_object(const Node& node, Document existing, DocumentBuilder& to) {
  std::set<const Node*> done;
  for (const Element& field : existing) {
    const auto child = node.children.find(field.name);
    // Of repeated names only the first is meant.
    if (child == node.children.end() || !done.insert(child->second.get()).second) {
      to.append(field.name, field.value);
      continue;
    }
    PS_TRY(apply_element(*child->second, field, to));
  }
  for (const auto& [name, child] : node.children) {
    if (!done.contains(child.get())) create(*child, name, to);
  }
  return {};
}

Result<void> UpdateTree::apply_element(const Node& node, const Element& existing, DocumentBuilder& to) {
  if (!node.value.is_missing()) {
    to.append(existing.name, node.value);
    return {};
  }
  if (existing.value.is_array()) return apply_array(node, existing, to);
  if (!existing.value.is_object()) return cannot_create(node.children.begin()->first, existing);
  const size_t mark = to.begin_object(existing.name);
  PS_TRY(apply_object(node, existing.value.as_object(), to));
  to.end(mark);
  return {};
}

Result<void> UpdateTree::apply_array(const Node& node, const Element& existing, DocumentBuilder& to) {
  std::map<uint32_t, const Node*> at;
  for (const auto& [name, child] : node.children) {
    const auto position = array_position(name);
    if (!position) return cannot_create(name, existing);
    at.insert_or_assign(*position, child.get());
  }
  const size_t mark = to.begin_array(existing.name);
  uint32_t next = 0;
  for (const Element& element : existing.value.as_array()) {
    const auto child = at.find(next++);
    if (child == at.end()) {
      to.append(element.name, element.value);
    } else {
      PS_TRY(apply_element(*child->second, element, to));
    }
  }
  char scratch[12];
  for (auto child = at.lower_bound(next); child != at.end(); ++child) {
    if (child->first - next > kBackfillMax) {
      return Error(ErrorCode{34}, "can't backfill more than {} elements", kBackfillMax);
    }
    for (; next < child->first; ++next)
      to.append(index_name(next, scratch), Value::null());
    create(*child->second, index_name(next++, scratch), to);
  }
  to.end(mark);
  return {};
}

void UpdateTree::create(const Node& node, std::string_view name, DocumentBuilder& to) {
  if (!node.value.is_missing()) {
    to.append(name, node.value);
    return;
  }
  const size_t mark = to.begin_object(name);
  for (const auto& [child_name, child] : node.children)
    create(*child, child_name, to);
  to.end(mark);
}

}  // namespace penstock
