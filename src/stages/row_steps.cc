// SPDX-License-Identifier: Apache-2.0
#include "stages/row_steps.h"

namespace penstock {

void add_dead_letter(std::string_view operator_name, const Error& error, const Row& row,
                     DeadLetterCollector& dead_letters) {
  DeadLetter letter{.operator_name = operator_name, .reason = error.message(), .code = error.code()};
  describe_row(row, letter, dead_letters.wanted());
  dead_letters.add(std::move(letter));
}

}  // namespace penstock
