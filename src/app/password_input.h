// SPDX-License-Identifier: Apache-2.0
// Passwords come from a file, from stdin, or from the terminal without being shown; never from an argument, which every
// user of the machine could read.
#pragma once

#include <string>
#include <string_view>

#include "base/files.h"

namespace penstock {

// The one line of a file; "-" is stdin. The newline at its end is no part of it. Errors: kBadInput (cannot be read),
// kUsage (empty, or more than one line).
Result<std::string> read_password(const Files& files, const std::string& path);

// Asks on the terminal of this process, also when stdin is redirected; with `twice` a second time, and both must agree.
// Error kUsage when there is no terminal, when nothing was typed, on Ctrl-C.
Result<std::string> ask_password(std::string_view prompt, bool twice);

// From the file when one is named, else from the terminal.
Result<std::string> password_from(const std::string& file, std::string_view prompt, bool twice);

}  // namespace penstock
