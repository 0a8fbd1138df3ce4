// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace penstock {

void check_failed(const char* file, int line, const char* condition, std::string_view note) {
  std::fprintf(stderr, "penstock: internal error at %s:%d: %s%s%.*s\nThis is a bug in Penstock, please report it.\n",
               file, line, condition, note.empty() ? "" : " - ", static_cast<int>(note.size()), note.data());
  std::abort();
}

}  // namespace penstock
