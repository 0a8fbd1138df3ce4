// SPDX-License-Identifier: Apache-2.0
// An update of operators: its modifiers as a tree of paths, applied to a document in one pass (measured on mongod
// 6.0.5, write.cases):
//
//   {$set: {"a.b": 1, "l.$[i].x": 2}, $inc: {"a.c": 5}}
//
//      a ---+--- b: $set 1           fields that are there keep their place, new ones follow in the order of
//           +--- c: $inc 5           compare_names (update_tree.h)
//      l ------- $[i] --- x: $set 2
//
// Invariant: no path is a part of another one (refused when parsing, code 40). Thread: immutable once parsed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docstore/array_filters.h"
#include "docstore/update_modifiers.h"
#include "docstore/update_tree.h"

namespace penstock {

class UpdateOperators {
 public:
  // `update`: {$set: {...}, ...}; it and `array_filters`, an array, outlive this.
  static Result<UpdateOperators> parse(Document update, Document array_filters);
  // Whether "$" stands in a path, so that apply() wants to know which element matched.
  bool positional() const { return positional_; }
  // What becomes of run.original. `matched`: the place of the array element that the filter found.
  Result<OwnedDocument> apply(UpdateRun& run, std::optional<uint32_t> matched) const;

 private:
  struct NameLess {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return compare_names(a, b) < 0; }
  };
  // One part of a path: a modifier stands at its end, or names follow, or the filters of an array.
  struct Node {
    enum class Kind { kNames, kArray, kModifier };
    Kind kind = Kind::kNames;
    std::shared_ptr<const Modifier> modifier;
    std::map<std::string, std::shared_ptr<Node>, NameLess> children;  // kArray: by filter, "" for all elements.
    std::shared_ptr<Node> positional;                                 // kNames: "$"
  };
  struct Rename {
    std::string from, to;
    std::vector<std::string> source, target;
  };
  using NodePtr = std::shared_ptr<const Node>;
  using Children = std::vector<std::pair<std::string_view, NodePtr>>;
  class Applier;

  Result<void> add_operator(const Element& modifiers);
  Result<void> add_rename(const Element& argument);
  Result<void> add(std::string_view path, std::shared_ptr<const Modifier> modifier);
  Result<void> check_array_part(std::string_view part, std::string_view path) const;
  static Result<NodePtr> merged(const NodePtr& a, const NodePtr& b, std::string_view path);

  Node root_;
  ArrayFilters filters_;
  std::vector<std::string> used_filters_;
  std::vector<Rename> renames_;
  bool positional_ = false;
};

}  // namespace penstock
