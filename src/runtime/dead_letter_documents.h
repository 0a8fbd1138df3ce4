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
  DeadLetterDocuments(std::string processor, std::string workspace)
      : processor_(std::move(processor)), workspace_(std::move(workspace)) {}
  // `at`: its dlqTime.
  OwnedDocument make(const DeadLetter& letter, const ObjectId& id, EventTime at) const;
  // As samples show it: {_dlqMessage: {...}} (reference control-plane A6).
  OwnedDocument make_sample(const DeadLetter& letter, EventTime at) const;

 private:
  std::string processor_;
  std::string workspace_;
};

}  // namespace penstock
