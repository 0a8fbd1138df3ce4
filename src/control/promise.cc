// SPDX-License-Identifier: Apache-2.0
#include "control/promise.h"

#include "connectors/embedded/embedded_sink.h"
#include "connectors/mongodb/cluster_connection.h"
#include "connectors/mongodb/mongodb_guarantee.h"

namespace penstock {
namespace {

constexpr Duration kContactTime{3000};

}  // namespace

Result<Guarantee> promise_of(const Plan& plan, Logger& log) {
  PS_CHECK(plan.sink_connection != nullptr);
  PS_TRY(const ClusterSettings settings, parse_cluster_connection(*plan.sink_connection));
  if (!settings.uri) return embedded_guarantee();
  return ask_mongodb_guarantee(*settings.uri, plan.sink, kContactTime, log);
}

Guarantee without_state() {
  return {GuaranteeLevel::kAtMostOnce,
          "no state is kept (--checkpoint-every off): a stop or crash loses the open windows"};
}

}  // namespace penstock
