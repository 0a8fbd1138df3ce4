// SPDX-License-Identifier: Apache-2.0
// A sink that drops what it gets: of a pipeline without one, whose results only go to who looks at them (`sp.process`).
#pragma once

#include <memory>

#include "dataflow/sink.h"

namespace penstock {

// Keeps no markers and refuses nothing; at most once, since nothing is kept.
std::unique_ptr<Sink> make_discarding_sink();

}  // namespace penstock
