// SPDX-License-Identifier: Apache-2.0
#include "control/processor_folder.h"

#include <fmt/format.h>

#include <cctype>

namespace penstock {

std::string processor_folder(std::string_view data_folder, std::string_view processor) {
  std::string folder = fmt::format("{}/processors/", data_folder);
  for (const char c : processor) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    folder += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return folder;
}

}  // namespace penstock
