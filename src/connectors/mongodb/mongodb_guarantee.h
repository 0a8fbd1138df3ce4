// SPDX-License-Identifier: Apache-2.0
// What deliveries to a MongoDB are worth (reliability 1.3, 1.4.6).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "dataflow/guarantee.h"
#include "stages/merge_stage.h"

namespace penstock {

// `transactions`: the server has them. `hosts`: for the reason.
Guarantee mongodb_guarantee(bool transactions, const MergeSpec& spec, std::string_view hosts);
// Asks the server what it is, for `contact_time` at most; writes nothing. Errors as MongoSink::open().
Result<Guarantee> ask_mongodb_guarantee(const Secret& uri, const MergeSpec& spec, Duration contact_time, Logger& log);

}  // namespace penstock
