// SPDX-License-Identifier: Apache-2.0
// What commands read from files and arguments: definitions, connections, times, sizes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dataflow/source.h"
#include "planner/planner.h"

namespace penstock {

// A loaded definition with what it refers to; stays in place because plans point into it.
struct LoadedJob {
  Definition definition;
  ConnectionRegistry connections;
  std::unique_ptr<Plan> plan;
};

// A file of connection objects, checked as an array of them. The array is as it was written, secrets included.
Result<OwnedDocument> load_connection_objects(const std::string& path);
Result<ConnectionRegistry> load_connections(const std::string& path);

// Reads and plans; `connections` may be empty: then connection names are not checked. Problems are printed to stderr, a
// line each with file, line and column. Empty: there were problems; `exit_code` says of what kind.
std::unique_ptr<LoadedJob> load_job(const std::string& definition, const std::string& connections, int& exit_code);

// "beginning", "end", "" (default) or an ISO 8601 time or milliseconds since 1970.
Result<StartPosition> parse_start(const std::string& text);
// "2026-01-01T00:00:00Z" or milliseconds.
Result<EventTime> parse_time(const std::string& text);
// "512MB", "1GiB", "1048576".
Result<size_t> parse_size(const std::string& text);
// "200ms", "5s", "2m".
Result<Duration> parse_span(const std::string& text);

// Prints "penstock: message" to stderr and gives the exit code of the error.
int report_error(const Error& error);

}  // namespace penstock
