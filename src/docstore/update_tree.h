// SPDX-License-Identifier: Apache-2.0
// What mongod's {$set: document} does to a document, which is what $merge does in its default mode (measured on 6.0.5):
//
//   {"b": 1, "a.y": 2, "a.x": 3, "10": 4, "9": 5}   onto {_id: 7, b: 0}   =>  {_id: 7, b: 1, "9": 5, "10": 4, a: {x: 3,
//   y: 2}}
//
//  - a dot in a field's name is a path; objects on the way are made, array elements are reached by number
//  - fields that are there keep their place, new ones follow in the order of compare_names
// Invariant: no path is a part of another one (refused as conflict, code 40, when parsing).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// The order of new fields: bytes; but of two names that both begin with 1 to 9 the shorter one is first ("9" before
// "10").
int compare_names(std::string_view a, std::string_view b);

class UpdateTree {
 public:
  // `fields` must outlive the tree. A field named `without` is left out.
  static Result<UpdateTree> parse(Document fields, std::string_view without = {});
  // `existing`: the target; `stored`: it lies in the collection already, which forbids a few names and a change of _id.
  Result<OwnedDocument> apply(Document existing, bool stored) const;

 private:
  struct NameLess {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return compare_names(a, b) < 0; }
  };
  struct Node {
    Value value;  // Missing: the children are set instead.
    std::map<std::string, std::unique_ptr<Node>, NameLess> children;
  };
  static Result<void> add(Node& root, std::string_view path, const Value& value);
  static Result<void> apply_object(const Node& node, Document existing, DocumentBuilder& to);
  static Result<void> apply_array(const Node& node, const Element& existing, DocumentBuilder& to);
  static Result<void> apply_element(const Node& node, const Element& existing, DocumentBuilder& to);
  static void create(const Node& node, std::string_view name, DocumentBuilder& to);
  Node root_;
};

}  // namespace penstock
