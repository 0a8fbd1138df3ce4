// SPDX-License-Identifier: Apache-2.0
// The `stats` document of getStreamProcessorStats (reference control-plane A7.2 to A7.5). Pure.
#pragma once

#include "api/wire/processor_requests.h"
#include "bson/document.h"
#include "control/processors.h"

namespace penstock {

// Appends the fields of `stats`. A processor that never ran counts nothing.
void append_statistics(const ProcessorView& view, const StatsRequest& request, DocumentBuilder& to);

}  // namespace penstock
