// SPDX-License-Identifier: Apache-2.0
// The one list of commands.
#include <algorithm>
#include <vector>

#include "api/wire/command.h"
#include "base/check.h"

namespace penstock {
namespace {

std::vector<const Command*> collect() {
  std::vector<const Command*> all;
  for (std::span<const Command> family :
       {session_commands(), server_commands(), login_commands(), user_commands(), processor_commands(), read_commands(),
        write_commands(), collection_commands(), admin_commands()}) {
    for (const Command& command : family)
      all.push_back(&command);
  }
  std::ranges::sort(all, {}, &Command::name);
  auto twice = std::ranges::adjacent_find(all, {}, &Command::name);
  PS_CHECK(twice == all.end(), twice == all.end() ? "" : (*twice)->name);
  return all;
}

}  // namespace

std::span<const Command* const> all_commands() {
  static const std::vector<const Command*> all = collect();
  return all;
}

const Command* find_command(std::string_view name) {
  auto all = all_commands();
  auto at = std::ranges::lower_bound(all, name, {}, &Command::name);
  return at != all.end() && (*at)->name == name ? *at : nullptr;
}

}  // namespace penstock
