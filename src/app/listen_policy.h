// SPDX-License-Identifier: Apache-2.0
// Who may be let in from where (security S01 to S03): this machine only, unless there are users and TLS.
#pragma once

#include <string>

#include "app/settings.h"

namespace penstock {

// Decides before anything listens. Gives a warning to log when it is open without TLS on request, else "".
// Error kBadValue (exit code 78): a listener would be reached from other machines, and users or TLS are missing; the
// text names each way to mend it.
Result<std::string> check_listeners(const Settings& settings, bool has_users);

}  // namespace penstock
