// SPDX-License-Identifier: Apache-2.0
#include "stages/projection.h"

#include <cstring>

namespace penstock {
namespace {

using Action = ProjectionNode::Action;
using Nodes = std::vector<ProjectionNode>;

// Specs are short: a scan over the names is faster than any index.
const ProjectionNode* find_node(const Nodes& nodes, std::string_view name) {
  for (const ProjectionNode& node : nodes) {
    if (node.name == name) return &node;
  }
  return nullptr;
}

class Writer {
 public:
  Writer(EvalContext& context, DocumentBuilder& builder, bool others_stay)
      : context_(context), builder_(builder), others_stay_(others_stay) {}

  Result<void> write_document(const Nodes& nodes, Document input) {
    char* done = context_.arena.allocate(nodes.size());
    std::memset(done, 0, nodes.size());
    for (const Element& element : input) {
      const ProjectionNode* node = find_node(nodes, element.name);
      if (node == nullptr) {
        if (others_stay_) builder_.append(element.name, element.value);
        continue;
      }
      PS_TRY(write_named(*node, element.value, done[node - nodes.data()]));
    }
    return write_new(nodes, done);
  }

 private:
  // A field of the input that a node names. `done`: nothing is left to do for the node.
  Result<void> write_named(const ProjectionNode& node, const Value& value, char& done) {
    switch (node.action) {
      case Action::kInclude: builder_.append(node.name, value); return {};
      case Action::kExclude: return {};
      case Action::kCompute:
        if (!others_stay_) return {};  // Comes after the included fields.
        done = 1;
        return write_computed(node);
      case Action::kDescend: {
        done = 1;
        PS_TRY(write_below(node, node.name, value));
        return {};
      }
    }
    PS_CHECK(false);
    return {};
  }

  // `value` under `name` with the children of `node` applied. False if nothing of it stays.
  Result<bool> write_below(const ProjectionNode& node, std::string_view name, const Value& value) {
    if (value.is_array()) return write_array(node, name, value.as_array());
    if (!value.is_object() && !node.computes) {
      if (others_stay_) builder_.append(name, value);
      return others_stay_;
    }
    const size_t mark = builder_.begin_object(name);
    if (value.is_object()) {
      PS_TRY(write_document(node.children, value.as_object()));
    } else {
      PS_TRY(write_new(node.children, nullptr));
    }
    builder_.end(mark);
    return true;
  }

  Result<bool> write_array(const ProjectionNode& node, std::string_view name, Document array) {
    const size_t mark = builder_.begin_array(name);
    uint32_t count = 0;
    for (const Element& element : array) {
      char scratch[12];
      PS_TRY(const bool written, write_below(node, index_name(count, scratch), element.value));
      if (written) ++count;
    }
    builder_.end(mark);
    return true;
  }

  // Computed fields that had no place in the input, in the order of the spec.
  Result<void> write_new(const Nodes& nodes, const char* done) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (done != nullptr && done[i] != 0) continue;
      const ProjectionNode& node = nodes[i];
      if (node.action == Action::kCompute) {
        PS_TRY(write_computed(node));
      } else if (node.action == Action::kDescend && node.computes) {
        const size_t mark = builder_.begin_object(node.name);
        PS_TRY(write_new(node.children, nullptr));
        builder_.end(mark);
      }
    }
    return {};
  }

  Result<void> write_computed(const ProjectionNode& node) {
    PS_TRY(const Value value, node.expression->evaluate(context_));
    builder_.append(node.name, value);  // A missing value leaves the field out.
    return {};
  }

  EvalContext& context_;
  DocumentBuilder& builder_;
  bool others_stay_;
};

void collect_inputs(const Nodes& nodes, FieldNeeds& needs) {
  for (const ProjectionNode& node : nodes) {
    if (node.expression) node.expression->collect_needs(needs);
    collect_inputs(node.children, needs);
  }
}

}  // namespace

Result<Document> Projection::apply(EvalContext& context, DocumentBuilder& builder) const {
  builder.clear();  // After an error the last document is still in it.
  PS_TRY(Writer(context, builder, others_stay_).write_document(nodes_, context.root.as_object()));
  if (builder.size() > kDocumentBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "the resulting document has {} bytes, more than the {} allowed",
                 builder.size(), kDocumentBytesMax);
  }
  return builder.finish_in(context.arena);
}

void Projection::collect_needs(FieldNeeds& needs) const {
  for (const ProjectionNode& node : nodes_) {
    // A field that is descended into is read even where all below it is computed: its arrays decide the shape.
    const bool descends = node.action == Action::kDescend;
    if (node.action == Action::kInclude || (descends && (node.computes || !others_stay_))) needs.add(node.name);
  }
  collect_inputs(nodes_, needs);
}

}  // namespace penstock
