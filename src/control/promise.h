// SPDX-License-Identifier: Apache-2.0
// What a definition's results will be worth, before it runs: for explain and check.
#pragma once

#include "base/log.h"
#include "control/connectors.h"
#include "dataflow/guarantee.h"

namespace penstock {

// Asks a MongoDB at most a few seconds whether it takes transactions; writes nothing anywhere. kPeerUnreachable: it
// depends on a server that does not answer. The plan has its connections.
Result<Guarantee> promise_of(const Plan& plan, Logger& log);
// Of a run that keeps no state, on request.
Guarantee without_state();

}  // namespace penstock
