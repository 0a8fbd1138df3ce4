// SPDX-License-Identifier: Apache-2.0
// What the errors of a run mean to who administers it: MongoDB's codes of stream processing (reference control-plane
// A12), and whether waiting helps.
#pragma once

#include "base/result.h"
#include "control/records.h"

namespace penstock {

enum class Healing {
  kByItself,    // Peers and disks come back: repeated for ever.
  kBySomebody,  // Credentials that a person may be mending at this moment: repeated for five minutes.
  kNever,
};
Healing healing_of(const Error& error);

// The same with a code that clients know, and what to do said in the server's words.
Error to_client_error(const Error& error);
ProcessorTrouble to_trouble(const Error& error);

}  // namespace penstock
