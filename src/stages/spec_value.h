// SPDX-License-Identifier: Apache-2.0
// The spec of a stage, kept: each lane parses it again, so that its operator owns the expressions it binds.
#pragma once

#include "bson/document.h"

namespace penstock {

class SpecValue {
 public:
  explicit SpecValue(const Value& value) : value_(value.copied_to(arena_)) {}
  const Value& value() const { return value_; }

 private:
  Arena arena_{256};
  Value value_;
};

}  // namespace penstock
