// SPDX-License-Identifier: Apache-2.0
// The marker as a document: {_id: lineage, processor: string, seq: long, fence: long, cut: array, at: date}.
#pragma once

#include <string_view>

#include "base/result.h"
#include "bson/document.h"
#include "dataflow/sink.h"

namespace penstock {

OwnedDocument marker_document(const Marker& marker, std::string_view processor);
// Error kStateRefused: it is none.
Result<Marker> read_marker(Document document);

}  // namespace penstock
