// SPDX-License-Identifier: Apache-2.0
// Which connections a definition names.
#pragma once

#include <set>
#include <string>

#include "control/records.h"

namespace penstock {

// Every text of a field "connectionName" in pipeline and options, at any depth: stages of later versions too. A filter
// on a field of that name counts as well, which protects a connection too much rather than too little.
std::set<std::string, std::less<>> used_connections(const ProcessorRecord& record);

}  // namespace penstock
