// SPDX-License-Identifier: Apache-2.0
// A connection of type "Sample" as a Source: data that is made here, so that a processor has something to read before
// anything is set up. The name of the connection is the name of the data; this version has "sample_stream_solar".
//
//   {"name": "sample_stream_solar", "type": "Sample"}
//
// One partition. Its log is the whole time line: a position is the number of a second since 1970, and the reading of it
// (solar.h) is there as soon as the clock has passed its time, which is its event time. A first start reads what comes
// from now on; the "beginning" is an hour ago, as if older readings had been deleted, and a time is taken as it is.
// Guarantee: replayable; a start from a stored position reads what came meanwhile, in the same documents. A bounded run
// ends at the readings that were there at its start.
// Thread: open, take_new_partitions, make_reader: one owner. The rest: any. The source outlives its readers.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "dataflow/connection.h"
#include "dataflow/source.h"

namespace penstock {

// kInvalidDefinition when its name is that of no sample data.
Result<void> check_sample_connection(const Connection& connection);

struct SampleSourceOptions {
  bool bounded = false;  // The partition ends at SourcePartition::end: then kAtEnd for ever.
  uint64_t seed = 1;     // Another seed is other data; positions and rate are the same.
};

// Checks the connection. kStateRefused from open(): the stored positions are of another source.
Result<std::unique_ptr<Source>> make_sample_source(const Connection& connection, const SampleSourceOptions& options,
                                                   const Clock& clock, Logger& logger);

}  // namespace penstock
