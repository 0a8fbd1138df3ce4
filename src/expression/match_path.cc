// SPDX-License-Identifier: Apache-2.0
#include "expression/match_path.h"

#include <charconv>

namespace penstock {
namespace {

// "0", "1", ... without leading zeros.
bool is_place(std::string_view part, uint32_t& place) {
  if (part.empty() || (part.size() > 1 && part.front() == '0')) return false;
  const char* end = part.data() + part.size();
  const auto [rest, error] = std::from_chars(part.data(), end, place);
  return error == std::errc() && rest == end;
}

}  // namespace

MatchPath::MatchPath(std::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    Part part{std::string(text.substr(0, dot))};
    uint32_t place = 0;
    if (is_place(part.name, place)) part.place = place;
    parts_.push_back(std::move(part));
    if (dot == std::string_view::npos) return;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace penstock
