// SPDX-License-Identifier: Apache-2.0
// The state folder of a processor that does not run: looked at, taken over by another definition, removed.
// Thread: one at a time per processor.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "state/checkpoint_store.h"

namespace penstock {

// Empty: nothing was written yet. kStateRefused: damaged.
Result<std::optional<SavedState>> load_state(std::string_view data_folder, std::string_view id);
// Makes what is there state of `definition` (ProcessorPlan::definition). The caller knows that it fits (state_fit.h).
// May be repeated.
Result<void> adopt_state(std::string_view data_folder, std::string_view id, std::string_view definition);
// Missing is fine.
Result<void> remove_state(std::string_view data_folder, std::string_view id);

}  // namespace penstock
