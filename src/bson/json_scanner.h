// SPDX-License-Identifier: Apache-2.0
// The words of a JSON text that a person wrote, with the place of each, and the sentences that say what is wrong.
// Not the path of records (json_decoder.h). The text is UTF-8 (the caller has checked it).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/ejson.h"
#include "bson/value.h"

namespace penstock {

class JsonScanner {
 public:
  // `relaxed`: names without quotes and strings in single quotes are taken.
  JsonScanner(std::string_view text, bool relaxed) : text_(text), relaxed_(relaxed) {}

  // Skips blanks; the next character, or NUL at the end of the text.
  char next();
  // Takes `c` if it is next.
  bool take(char c);
  bool at_end() { return next(), at_ == text_.size(); }
  TextPosition position() const { return position_of(at_); }  // Of the next character.

  // Each reads one word, which must be there. Texts are appended to `to`.
  Result<void> string(std::string& to);
  Result<void> key(std::string& to);
  Result<Value> number();   // int, long or double.
  Result<Value> literal();  // true, false, null.

  // "line 3, column 7: found X, expected Y", and a hint if what is next is a common mistake.
  Error unexpected(std::string_view expected, std::string_view hint = {}) const;
  static Error wrong(TextPosition where, std::string_view sentence);

 private:
  TextPosition position_of(size_t at) const { return {line_, static_cast<uint32_t>(at - line_start_ + 1)}; }
  std::string_view word() const;  // The run of letters, digits and signs of numbers that is next.
  std::string found() const;
  std::string hint_for_found() const;
  Result<void> escape(std::string& to);
  Result<uint32_t> four_hex_digits();

  std::string_view text_;
  bool relaxed_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t line_start_ = 0;  // Lines end only in blanks: a string never holds a line break.
};

}  // namespace penstock
