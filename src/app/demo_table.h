// SPDX-License-Identifier: Apache-2.0
// What the demo shows of each closed window: a table on stdout, from the documents that a sample of the processor
// gives. A window's documents leave the last stage together, but a reader may get them in pieces: a window is whole
// when one of another window follows, or nothing more has come for a moment. Thread: one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bson/document.h"

namespace penstock {

class DemoTable {
 public:
  // Documents of $tumblingWindow in the order they came; what has no windowStart is passed over.
  void add(std::vector<OwnedDocument> documents);
  // Nothing came for a moment: what is there is whole.
  void pause();
  // The text of windows that are whole and were not taken yet.
  std::string take();
  uint64_t windows() const { return windows_; }

 private:
  void finish_window();

  int64_t start_ms_ = 0;  // Of the window that rows_ belong to.
  std::vector<OwnedDocument> rows_;
  std::string text_;
  uint64_t windows_ = 0;
};

}  // namespace penstock
