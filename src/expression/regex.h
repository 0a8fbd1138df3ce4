// SPDX-License-Identifier: Apache-2.0
// Regular expressions as MongoDB has them: Perl-compatible, UTF-8, unanchored, flags i m s x u. The home of PCRE2.
// A pattern is compiled once, to machine code where the processor allows.
// Thread: match() from any number of threads.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace penstock {

class Regex {
 public:
  // Errors: 51091 bad pattern, 51108 bad flag.
  static Result<Regex> compile(std::string_view pattern, std::string_view flags);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // True if `text` contains a match. A search that exceeds the library's limits (a pattern that backtracks without end)
  // counts as no match, as in MongoDB.
  bool matches(std::string_view text) const;

  // Bytes of the text; begin is npos for a group that took no part in the match.
  struct Part {
    size_t begin = std::string_view::npos;
    size_t end = std::string_view::npos;
  };
  size_t group_count() const;  // Capturing groups of the pattern.
  // The first match that starts at byte `from` or behind it; false when there is none. parts[0] gets the match, the
  // rest its groups, as many as are asked for. Error 51156: the search exceeds the library's limits.
  Result<bool> find(std::string_view text, size_t from, std::span<Part> parts) const;

 private:
  struct Compiled;
  explicit Regex(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace penstock
