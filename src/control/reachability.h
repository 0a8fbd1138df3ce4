// SPDX-License-Identifier: Apache-2.0
// Can a host be found and does its port answer: the first steps of a connection test. Blocks; nothing is sent.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

// The addresses of a host as text, "127.0.0.1, ::1". Takes as long as the system's resolver takes.
Result<std::string> resolve_host(const std::string& host);
// Opens a TCP connection to one of its addresses and closes it again.
Result<void> reach_port(const std::string& host, uint16_t port, Duration contact_time);

}  // namespace penstock
