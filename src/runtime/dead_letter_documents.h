// SPDX-License-Identifier: Apache-2.0
// Dead letters as documents, in the shape of Atlas Stream Processing (reference pipeline-language 1.6; reliability
// 1.4.12). Pure. Thread: any.
#pragma once

#include <string>

#include "bson/value.h"
#include "dataflow/dead_letter.h"

namespace penstock {

class DeadLetterDocuments {
 public:
  explicit DeadLetterDocuments(std::string processor) : processor_(std::move(processor)) {}
  // `at`: its dlqTime.
  OwnedDocument make(const DeadLetter& letter, const ObjectId& id, EventTime at) const;

 private:
  std::string processor_;
};

}  // namespace penstock
