// SPDX-License-Identifier: Apache-2.0
// May a changed definition go on with the state that an older one has written (reference control-plane A5.5)? Pure.
//
//   source | before ... | window | after ... | sink, dlq
//     may not   may, while no    may      may, while no results wait to be delivered
//     change    window is open
//
// Atlas says that open windows are recomputed on a new pipeline. Their records lie behind the positions of the state
// and would have to be read again, so that is refused here: a window half by the old pipeline and half by the new one
// would be a wrong result.
#pragma once

#include "base/result.h"
#include "bson/document.h"
#include "state/checkpoint_store.h"

namespace penstock {

struct StateFit {
  bool changed = false;       // The definition is another one than that of the state.
  bool sink_changed = false;  // Results go on elsewhere: that sink has no marker of the state yet.
};

// `definition`: {pipeline, dlq} as ProcessorPlan::definition has it. Error 420: what does not fit and what to do.
Result<StateFit> fit_state(const SavedState& state, std::string_view definition);

}  // namespace penstock
